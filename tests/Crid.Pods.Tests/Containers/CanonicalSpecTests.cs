using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods.Tests;

public sealed class CanonicalSpecTests
{
    private static readonly ContainerSpec _first = Lab.ContainerSpec() with
    {
        Annotations = new Dictionary<string, string> { [CanonicalSpec.TerminationMessagePath] = "/dev/termination-log" },
        Environment = [new("PORT", "1"), new("HOST", "a"), new("PORT", "2")],
        Mounts =
        [
            new MountSpec { ContainerPath = "/data", HostPath = "/pods/x/volumes/data" },
            new MountSpec { ContainerPath = "/dev/termination-log", HostPath = "/pods/x/containers/main/1f2e3d4c" },
        ],
        Devices = [new DeviceSpec("/dev/a", "/dev/a", "rwm"), new DeviceSpec("/dev/b", "/dev/b", "r")],
        CdiDevices = ["vendor.com/gpu=0", "vendor.com/gpu=1"],
    };

    /// <summary>As kubelet makes it from maps, and with a termination message file of its own.</summary>
    private static readonly ContainerSpec _retry = _first with
    {
        Environment = [new("PORT", "2"), new("HOST", "a")],
        Mounts =
        [
            new MountSpec { ContainerPath = "/dev/termination-log", HostPath = "/pods/x/containers/main/99887766" },
            new MountSpec { ContainerPath = "/data", HostPath = "/pods/x/volumes/data" },
        ],
        Devices = [.. _first.Devices.Reverse()],
        CdiDevices = [.. _first.CdiDevices.Reverse()],
    };

    public static TheoryData<string, ContainerSpec> OtherContainers => new()
    {
        { "a variable's value", _first with { Environment = [new("PORT", "2"), new("HOST", "a"), new("PORT", "1")] } },
        { "a variable more", _first with { Environment = [.. _first.Environment, new("MORE", "")] } },
        { "a volume's path", _first with { Mounts = [_first.Mounts[0] with { HostPath = "/pods/x/volumes/other" }, _first.Mounts[1]] } },
        { "the termination message of another pod", _first with { Mounts = [_first.Mounts[0], _first.Mounts[1] with { HostPath = "/pods/y/containers/main/1f2e3d4c" }] } },
        { "a read-only termination message", _first with { Mounts = [_first.Mounts[0], _first.Mounts[1] with { ReadOnly = true }] } },
        { "the order of two mounts at one path", _first with { Mounts = [.. _first.Mounts, _first.Mounts[0] with { HostPath = "/" }] } },
        { "a device's permissions", _first with { Devices = [_first.Devices[0], _first.Devices[1] with { Permissions = "rw" }] } },
        { "a CDI device less", _first with { CdiDevices = ["vendor.com/gpu=0"] } },
        { "the arguments", _first with { Args = ["x"] } },
    };

    [Fact]
    public void AreEqual_RetryOfKubelet_IsTheSameContainer() => Assert.True(CanonicalSpec.AreEqual(_first, _retry));

    [Theory]
    [MemberData(nameof(OtherContainers))]
    public void AreEqual_AnythingThatMatters_IsAnotherContainer(string what, ContainerSpec other) =>
        Assert.False(CanonicalSpec.AreEqual(_first, other), what);

    [Fact]
    public void AreEqual_NoAnnotationOfKubelet_HostPathsCount()
    {
        ContainerSpec bare = _first with { Annotations = new Dictionary<string, string>() };

        Assert.False(CanonicalSpec.AreEqual(bare, bare with { Mounts = _retry.Mounts }));
    }

    [Fact]
    public async Task CreateAsync_RetryOfKubelet_GetsTheContainerWithTheFirstRequestsMounts()
    {
        await using Lab lab = await Lab.OpenAsync();
        SandboxId sandbox = await lab.RunSandboxAsync();

        ContainerId id = await lab.CreateContainerAsync(sandbox, _first);

        Assert.Equal(id, await lab.CreateContainerAsync(sandbox, _retry));
        Assert.Equal(_first.Mounts, lab.Containers.Get(id.Value).Spec.Mounts);
        CridException refused = await Assert.ThrowsAsync<CridException>(() => lab.CreateContainerAsync(sandbox, _retry with { Args = ["x"] }));
        Assert.Equal(ErrorKind.AlreadyExists, refused.Kind);
    }
}
