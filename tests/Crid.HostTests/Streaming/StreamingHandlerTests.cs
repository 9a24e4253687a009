namespace Crid.HostTests;

/// <summary>Streams, terminals and their sizes with each OCI runtime as the pod's handler, through crid's own client.</summary>
public sealed class StreamingHandlerTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    /// <summary>A shell function that waits until the terminal has a size.</summary>
    private const string Await = "await() { until [ \"$(busybox stty size)\" = \"$1\" ]; do sleep 0.1; done; }";

    private static readonly string Crid = Path.Combine(HostRequirements.BinDirectory, "crid");

    private CridDaemon Daemon => fixture.Daemon;

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task Exec_Pipes_PassStreamsAndExitCode(string handler)
    {
        Shell.Find(handler);
        (string sandbox, string container) = await Daemon.RunPodAsync($"pipes-{handler}", fixture.Image, "sleep 1000", handler: handler);

        (int status, string output, string errors) = await Shell.RunAsync(
            $"echo input | {Crid} exec --address unix://{Daemon.Socket} -i {container} -- sh -c 'cat; echo problem >&2; exit 7'");

        Assert.Equal((7, "input\n", "problem\n"), (status, output, errors));
        await Daemon.RemoveSandboxAsync(sandbox);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task Exec_Terminal_FollowsTheSizeOfTheClients(string handler)
    {
        Shell.Find(handler);
        (string sandbox, string container) = await Daemon.RunPodAsync($"tty-{handler}", fixture.Image, "sleep 1000", handler: handler);

        string lines = await RunOnTerminalAsync(
            $"exec-{handler}", $"{Crid} exec --address unix://{Daemon.Socket} -it {container} -- sh -c '{Await}; await \"33 77\"; echo first; await \"40 90\"; echo second; exit 5'");

        Assert.Contains("second", lines, StringComparison.Ordinal);
        Assert.Contains("status 5", lines, StringComparison.Ordinal);
        await Daemon.RemoveSandboxAsync(sandbox);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    }

    [Theory]
    [InlineData("runc", "-it")]
    [InlineData("runc", "-t")]
    [InlineData("crun", "-it")]
    public async Task Attach_Terminal_FollowsTheSizeOfTheClients(string handler, string flags)
    {
        Shell.Find(handler);
        (string sandbox, string container) = await Daemon.RunPodAsync(
            $"attach{flags}-{handler}", fixture.Image, $"{Await}; await '33 77'; echo first; await '40 90'; echo second", static (_, config) => (config.Tty, config.Stdin) = (true, true), handler);

        string lines = await RunOnTerminalAsync($"attach{flags}-{handler}", $"{Crid} attach --address unix://{Daemon.Socket} {flags} {container}");

        Assert.Contains("second", lines, StringComparison.Ordinal);
        Assert.Contains("status 0", lines, StringComparison.Ordinal);
        await Daemon.WaitForExitAsync(container);
        await Daemon.RemoveSandboxAsync(sandbox);
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task Attach_StdinOnce_ReachesTheContainerToItsEnd(string handler)
    {
        Shell.Find(handler);
        (string sandbox, string container) = await Daemon.RunPodAsync(
            $"once-{handler}", fixture.Image, "cat; echo the end", static (_, config) => (config.Stdin, config.StdinOnce) = (true, true), handler);

        (int status, _, _) = await Shell.RunAsync($"echo line | {Crid} attach --address unix://{Daemon.Socket} -i {container}");

        Assert.Equal(0, status);
        await Daemon.WaitForExitAsync(container);
        Assert.Equal(["line", "the end"], await Daemon.ReadLogAsync(container));
        await Daemon.RemoveSandboxAsync(sandbox);
    }

    /// <summary>Runs a command on a terminal of 33 rows and 77 columns, which get 40 and 90 once it has written "first"; returns what the terminal shows.</summary>
    private async Task<string> RunOnTerminalAsync(string name, string command)
    {
        Shell.Find("script");
        string shown = $"{Daemon.Directory}/{name}.shown";
        string script = $"{Daemon.Directory}/{name}.sh";
        await File.WriteAllTextAsync(script, $"""
            stty rows 33 cols 77
            (until grep -q first {shown}; do sleep 0.1; done; stty rows 40 cols 90 </dev/tty) &
            {command}
            echo status $?
            """);
        await Shell.RunAsync($"timeout 60 script -qfec 'sh {script}' {shown}");
        return await File.ReadAllTextAsync(shown);
    }
}
