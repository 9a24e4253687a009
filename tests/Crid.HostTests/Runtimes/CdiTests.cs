using Crid.Core;
using Crid.Runtimes;

namespace Crid.HostTests;

/// <summary>CDI devices and hooks of the operator in containers of real OCI runtimes.</summary>
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

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task Create_HookOfTheOperator_RunsAtItsStagesForContainersThatFit(string runtime)
    {
        await using RuntimeLab lab = await RuntimeLab.CreateAsync(runtime, options => options with { HookDirectories = [_directory] });
        await WriteAsync("hook.json", $$"""
            {
              "version": "1.0.0",
              "hook": { "path": "/bin/sh", "args": [ "sh", "-c", "cat > /dev/null; echo $STAGE >> {{_directory}}/calls" ], "env": [ "STAGE=called" ] },
              "when": { "annotations": { "^wants$": "^hook$" } },
              "stages": [ "createRuntime", "poststop" ]
            }
            """);

        (ContainerId without, _) = await lab.RunAsync(lab.Spec("/bin/sh", "-c", "exit 3"));
        (ContainerId with, _) = await lab.RunAsync(lab.Spec("/bin/sh", "-c", "exit 4") with { Annotations = new Dictionary<string, string> { ["wants"] = "hook" } });

        Assert.Equal((3, 4), (await lab.WaitAsync(without), await lab.WaitAsync(with)));
        await lab.Runtime.DeleteAsync(without, TestContext.Current.CancellationToken);
        await lab.Runtime.DeleteAsync(with, TestContext.Current.CancellationToken);
        Assert.Equal("called\ncalled\n", await File.ReadAllTextAsync($"{_directory}/calls", TestContext.Current.CancellationToken));
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
