using Crid.Core;
using Crid.Runtimes;

namespace Crid.HostTests;

/// <summary>CDI devices in containers of real OCI runtimes.</summary>
[Collection(ActingKeeperCollection.Name)]
public sealed class CdiTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("crid-cdi-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task Create_CdiDeviceOfAYamlFile_ContainerHasAllOfIt(string runtime)
    {
        await using RuntimeLab lab = await RuntimeLab.CreateAsync(runtime, options => options with { CdiDirectories = [_directory] });
        await WriteAsync("gpu.yaml", $"""
            cdiVersion: 0.7.0
            kind: vendor.com/gpu
            containerEdits:
              hooks:
              - hookName: createRuntime
                path: /bin/sh
                args: [sh, -c, "cat > {_directory}/state"]
            devices:
            - name: 0
              containerEdits:
                env:
                - GPU=zero
                deviceNodes:
                - path: /dev/gpu0
                  hostPath: /dev/zero
                mounts:
                - hostPath: {_directory}
                  containerPath: /gpu
                  options: [ro, nosuid, nodev, rbind]
                additionalGids: [4711]
            """);
        const string Command = "echo $GPU; dd if=/dev/gpu0 bs=4 count=1 2>/dev/null | od -An -tx1; cat /gpu/gpu.yaml | grep -c cdiVersion; touch /gpu/x; id -G";

        (ContainerId id, CreatedContainer created) = await lab.RunAsync(lab.Spec("/bin/busybox", "sh", "-c", Command) with { CdiDevices = ["vendor.com/gpu=0"] });

        Assert.Equal(0, await lab.WaitAsync(id));
        string log = await File.ReadAllTextAsync(lab.LogPath(id), TestContext.Current.CancellationToken);
        Assert.Equal(["zero", " 00 00 00 00", "1", "touch: /gpu/x: Read-only file system", "0 4711"], log.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal([0, 4711], created.User.SupplementalGroups);
        Assert.Contains(id.Value, await File.ReadAllTextAsync($"{_directory}/state", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_DeviceThatNoFileHas_IsRefusedByNameAndLeavesNothing()
    {
        await using RuntimeLab lab = await RuntimeLab.CreateAsync("runc", options => options with { CdiDirectories = [_directory] });
        await WriteAsync("broken.json", "{");
        ContainerCreation creation = lab.Creation(lab.Spec("/bin/sh") with { CdiDevices = ["vendor.com/gpu=1"] });

        CridException exception = await Assert.ThrowsAsync<CridException>(() => lab.Runtime.CreateAsync(creation, CancellationToken.None));

        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
        Assert.Contains("'vendor.com/gpu=1'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("broken.json", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(creation.BundleDirectory));
    }

    private Task WriteAsync(string name, string content) => File.WriteAllTextAsync($"{_directory}/{name}", content, TestContext.Current.CancellationToken);
}
