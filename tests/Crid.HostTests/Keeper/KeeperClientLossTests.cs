using Crid.Keeper.Protocol;

namespace Crid.HostTests;

/// <summary>What is in flight for a crid that is killed: nobody waits for it, and the next crid is not told of it.</summary>
public sealed class KeeperClientLossTests
{
    private const string Parent = "busybox setsid busybox sleep 60613 & echo $! > pid";
    private const string NoParent = $"({Parent})";

    // The process has left the command's session, as those of containers do, and the command does not return.
    [Theory]
    [InlineData(Parent)]
    [InlineData(NoParent)]
    public async Task Exec_ClientLeaves_EndsTheCommandAndItsProcess(string making)
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        string directory = lab.BundleOf("x1");
        Directory.CreateDirectory(directory);
        ExecRequest request = new() { Id = "x1", Command = CommandOf(making), BundleDirectory = directory, PidFile = $"{directory}/pid" };

        await LeaveAsync(lab, directory, client => client.ExecAsync(request, TestContext.Current.CancellationToken));

        await NothingIsLeftAsync(lab);
    }

    [Theory]
    [InlineData(Parent)]
    [InlineData(NoParent)]
    public async Task Create_ClientLeaves_EndsTheCommandAndItsProcess(string making)
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        CreateRequest request = lab.PrepareProcess("c1", "true") with { Command = CommandOf(making) };

        await LeaveAsync(lab, request.BundleDirectory, client => client.CreateAsync(request, TestContext.Current.CancellationToken));

        await NothingIsLeftAsync(lab);
        Assert.Empty(Directory.EnumerateFileSystemEntries(request.IoDirectory));
    }

    [Fact]
    public async Task Exec_AnotherClientLeaves_GoesOn()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        string directory = lab.BundleOf("x1");
        Directory.CreateDirectory(directory);
        string script = "busybox sleep 60613 & echo $! > pid; : > made; while [ ! -e go ]; do busybox sleep 0.01; done";
        ExecRequest request = new() { Id = "x1", Command = ["/bin/sh", "-c", script], BundleDirectory = directory, PidFile = $"{directory}/pid" };

        Task<SpawnResult> mine = lab.Client.ExecAsync(request, TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => File.Exists($"{directory}/made"), "the command has made its process");
        KeeperClient other = lab.MakeClient();
        await other.ConnectAsync(TestContext.Current.CancellationToken);
        await other.DisposeAsync();
        await lab.Client.ListAsync(TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync($"{directory}/go", "", TestContext.Current.CancellationToken);

        using Crid.Linux.ProcessHandle process = (await mine).Process!;
        Assert.Equal("x1", Assert.Single(await lab.Client.ListAsync(TestContext.Current.CancellationToken)).Id);
        process.SendSignal(Crid.Linux.SignalNames.Kill);
        await lab.WaitForExitAsync("x1");
    }

    private static string[] CommandOf(string making) => ["/bin/sh", "-c", $"{making}; : > made; busybox sleep 60614; exit 0"];

    /// <summary>Makes a request over a connection that is closed while the command runs.</summary>
    private static async Task LeaveAsync(KeeperLab lab, string directory, Func<KeeperClient, Task<SpawnResult>> request)
    {
        KeeperClient client = lab.MakeClient();
        await client.ConnectAsync(TestContext.Current.CancellationToken);
        Task<SpawnResult> answer = request(client);
        await Eventually.TrueAsync(
            () => File.Exists($"{directory}/made") && LabProcessInfo.List().Count(IsOfTheCommand) == 2, "the command has made its process");

        await client.DisposeAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => answer);
    }

    private static async Task NothingIsLeftAsync(KeeperLab lab)
    {
        await Eventually.TrueAsync(() => !LabProcessInfo.List().Any(IsOfTheCommand), "neither the command nor its process is left");
        await Eventually.TrueAsync(() => !Directory.EnumerateFiles(lab.Directories.Keeper).Any(), "the keeper has forgotten it");
        Assert.Empty(await lab.Client.ListAsync(TestContext.Current.CancellationToken));
    }

    private static bool IsOfTheCommand(LabProcessInfo process) =>
        process.CommandLine.StartsWith("busybox sleep 6061", StringComparison.Ordinal);
}
