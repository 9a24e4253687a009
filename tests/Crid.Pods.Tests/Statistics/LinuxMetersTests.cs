using Crid.Core;
using Crid.Linux;
using Crid.Testing;

namespace Crid.Pods.Tests;

/// <summary>On directories that look like cgroups.</summary>
public sealed class LinuxMetersTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly LinuxMeters _meters;

    public LinuxMetersTests()
    {
        CridDirectories directories = new($"{_directory.Path}/lib", $"{_directory.Path}/run");
        CgroupLayout layout = new([new CgroupHierarchy($"{_directory.Path}/cgroup", [])]);
        _meters = new LinuxMeters(layout, directories, new PinnedNamespaces(directories, "/none"));
    }

    public void Dispose()
    {
        _meters.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("/kubepods/burstable/pod1", "kubepods/burstable/pod1")]
    [InlineData("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice", "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice")]
    [InlineData("kubepods-pod1.slice", "kubepods.slice/kubepods-pod1.slice")]
    [InlineData("-.slice", "")]
    public void OpenPod_ParentOfEitherDriver_ReadsItsDirectory(string parent, string directory)
    {
        WriteCpu(directory);

        using ICgroupMeter meter = _meters.OpenPod(parent)!;

        Assert.Equal(7_000UL, meter.Read()!.CpuNanoseconds);
    }

    [Theory]
    [InlineData("/kubepods/pod1/ID", "kubepods/pod1/ID")]
    [InlineData("kubepods-pod1.slice:crid:ID", "kubepods.slice/kubepods-pod1.slice/crid-ID.scope")]
    public void OpenContainer_PathOfEitherDriver_ReadsItsDirectory(string path, string directory)
    {
        WriteCpu(directory);

        using ICgroupMeter meter = _meters.OpenContainer(path)!;

        Assert.Equal(7_000UL, meter.Read()!.CpuNanoseconds);
    }

    [Fact]
    public void OpenPod_NoSuchCgroup_IsNull() => Assert.Null(_meters.OpenPod("/kubepods/none"));

    [Fact]
    public void ReadInterfaces_NothingPinned_IsEmpty() => Assert.Empty(_meters.ReadInterfaces(SandboxId.New()));

    [Fact]
    public void MeasureWritableLayer_FilesInTheUpperDirectory_AreCounted()
    {
        ContainerId id = ContainerId.New();
        string upper = $"{_directory.Path}/lib/containers/{id}/upper";
        Directory.CreateDirectory(upper);
        File.WriteAllText($"{upper}/file", "content");

        Assert.Equal(2UL, _meters.MeasureWritableLayer(id, static () => false)!.Value.Inodes);
    }

    private void WriteCpu(string directory)
    {
        string path = $"{_directory.Path}/cgroup/{directory}";
        Directory.CreateDirectory(path);
        File.WriteAllText($"{path}/cpu.stat", "usage_usec 7\n");
    }
}
