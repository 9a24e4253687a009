using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Crid.Api;

namespace Crid.HostTests;

/// <summary>Exec, attach and port-forward through the clients that people have: crictl, crid itself, and two libraries of other authors.</summary>
public sealed class StreamingTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    private static readonly string Crid = Path.Combine(HostRequirements.BinDirectory, "crid");

    private CridDaemon Daemon => fixture.Daemon;

    [Theory]
    [InlineData("spdy")]
    [InlineData("websocket")]
    public async Task CrictlExec_PassesStreamsAndFailsAsTheCommandDoes(string transport)
    {
        string crictl = Shell.Find("crictl");
        (string sandbox, string container) = await Daemon.RunPodAsync($"exec-{transport}", fixture.Image, "sleep 1000");

        (int ok, string output, _) = await Shell.RunAsync($"echo input | {crictl} --runtime-endpoint unix://{Daemon.Socket} exec --transport {transport} -i {container} cat");
        (int bad, _, string errors) = await Shell.RunAsync(
            $"{crictl} --runtime-endpoint unix://{Daemon.Socket} exec --transport {transport} {container} sh -c 'echo problem >&2; exit 7'");
        (int missing, _, string reason) = await Shell.RunAsync($"{crictl} --runtime-endpoint unix://{Daemon.Socket} exec --transport {transport} {container} no-such-command");

        Assert.Equal((0, "input\n"), (ok, output));
        Assert.NotEqual(0, bad);
        Assert.Contains("problem", errors, StringComparison.Ordinal);
        Assert.Contains("exit code 7", errors, StringComparison.Ordinal);
        Assert.NotEqual(0, missing);
        Assert.Contains("command 'no-such-command' was not found", reason, StringComparison.Ordinal);
        await Daemon.RemoveSandboxAsync(sandbox);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    }

    [Theory]
    [InlineData("spdy")]
    [InlineData("websocket")]
    public async Task CrictlAttach_StdinOnce_ReachesTheContainerToItsEnd(string transport)
    {
        string crictl = Shell.Find("crictl");
        (string sandbox, string container) = await Daemon.RunPodAsync(
            $"attach-{transport}", fixture.Image, "cat; echo the end", static (_, config) => (config.Stdin, config.StdinOnce) = (true, true));

        (int status, string output, _) = await Shell.RunAsync(
            $"(sleep 1; echo line) | {crictl} --runtime-endpoint unix://{Daemon.Socket} attach --transport {transport} -i {container}");

        Assert.Equal((0, "line\nthe end\n"), (status, output));
        await Daemon.WaitForExitAsync(container);
        Assert.Equal(["line", "the end"], await Daemon.ReadLogAsync(container));
        await Daemon.RemoveSandboxAsync(sandbox);
    }

    [Fact]
    public async Task CridExec_PassesStreamsAndExitCode()
    {
        (string sandbox, string container) = await Daemon.RunPodAsync("cli", fixture.Image, "sleep 1000");
        string exec = $"{Crid} exec --address unix://{Daemon.Socket}";

        (int status, string output, string errors) = await Shell.RunAsync($"echo input | {exec} -i {container} -- sh -c 'cat; echo problem >&2; exit 7'");
        (_, string lines, _) = await Shell.RunAsync($"script -qec \"stty rows 33 cols 77; {exec} -it {container} -- sh -c 'tty && test -t 0 && exit 3'\" /dev/null; echo status $?");

        Assert.Equal((7, "input\n", "problem\n"), (status, output, errors));
        Assert.Contains("/dev/pts/0", lines, StringComparison.Ordinal);
        Assert.Contains("status 3", lines, StringComparison.Ordinal);
        await Daemon.RemoveSandboxAsync(sandbox);
    }

    [Fact]
    public async Task Exec_ClientThatVanishes_LeavesNothing()
    {
        (string sandbox, string container) = await Daemon.RunPodAsync("vanish", fixture.Image, "sleep 1000");
        await using LabProcess client = LabProcess.Start(
            $"{Daemon.Directory}/vanish.log", Crid, "exec", "--address", $"unix://{Daemon.Socket}", container, "--", "sh", "-c", "sleep 71717 & busybox setsid sleep 71717 & sleep 71717; true");
        await Eventually.TrueAsync(() => LabProcessInfo.List().Count(IsOfTheCommand) >= 3, "the command runs");

        await client.KillAsync();

        await Eventually.TrueAsync(() => !LabProcessInfo.List().Any(IsOfTheCommand), "no process of the command is left");
        await Eventually.TrueAsync(
            () => !Directory.EnumerateFileSystemEntries($"{Daemon.Run}/containers/{container}").Any(static file => Path.GetFileName(file).StartsWith("exec-", StringComparison.Ordinal))
                && !Directory.EnumerateFileSystemEntries($"{Daemon.Run}/keeper").Any(static file => Path.GetFileName(file).StartsWith("exec-", StringComparison.Ordinal)),
            "no file of the command is left");
        await Daemon.RemoveSandboxAsync(sandbox);
        await LeakCheck.NothingIsLeftAsync(Daemon);

        static bool IsOfTheCommand(LabProcessInfo process) => process.CommandLine.Contains("sleep 71717", StringComparison.Ordinal) && !process.SharesMounts;
    }

    [Fact]
    public async Task Exec_DaemonKilled_IsEndedByTheNextStart()
    {
        (string sandbox, string container) = await Daemon.RunPodAsync("leftover", fixture.Image, "sleep 1000");
        await using LabProcess client = LabProcess.Start(
            $"{Daemon.Directory}/leftover.log", Crid, "exec", "--address", $"unix://{Daemon.Socket}", container, "--", "sh", "-c", "busybox setsid sleep 52525 & sleep 52525; true");
        await Eventually.TrueAsync(() => LabProcessInfo.List().Count(IsOfTheCommand) >= 3, "the command runs");

        await Daemon.KillAsync();
        await client.WaitForExitAsync();
        Assert.Contains(LabProcessInfo.List(), IsOfTheCommand);
        await Daemon.LaunchAsync();

        await Eventually.TrueAsync(() => !LabProcessInfo.List().Any(IsOfTheCommand), "no process of the command is left");
        Assert.Equal(ContainerState.ContainerRunning, (await Daemon.ContainerStatusAsync(container)).State);
        await Daemon.RemoveSandboxAsync(sandbox);
        await LeakCheck.NothingIsLeftAsync(Daemon);

        static bool IsOfTheCommand(LabProcessInfo process) => process.CommandLine.Contains("sleep 52525", StringComparison.Ordinal) && !process.SharesMounts;
    }

    [Fact]
    public async Task CridPortForward_ManyConnections_LeaveNoDescriptor()
    {
        (string sandbox, _) = await Daemon.RunPodAsync("forward", fixture.Image, "httpd -f -p 80 -h /etc & sleep 1000");
        int port = Shell.FreePort();
        await using LabProcess forwarding = LabProcess.Start(
            $"{Daemon.Directory}/forward.log", Crid, "port-forward", "--address", $"unix://{Daemon.Socket}", sandbox, $"{port}:80");
        using HttpClient client = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero });
        await Eventually.TrueAsync(() => AnswersAsync(client, port), "the forwarded port answers");
        int before = CountDescriptors();

        for (int i = 0; i < 100; i++)
        {
            Assert.Contains("root:", await client.GetStringAsync($"http://127.0.0.1:{port}/passwd"), StringComparison.Ordinal);
        }

        await Eventually.TrueAsync(() => CountDescriptors() <= before + 10, $"descriptors are closed: {CountDescriptors()} after {before}");
        await Daemon.RemoveSandboxAsync(sandbox);
    }

    [Theory]
    [InlineData("spdy-exec")]
    [InlineData("websocket-exec")]
    public async Task ForeignClient_Exec_AgreesWithTheProtocol(string mode)
    {
        string script = InteropScript();
        (string sandbox, string container) = await Daemon.RunPodAsync(mode, fixture.Image, "sleep 1000");
        ExecResponse response = await Daemon.Runtime.ExecAsync(
            new ExecRequest { ContainerId = container, Cmd = { "sh", "-c", "cat; echo problem >&2; exit 7" }, Stdin = true, Stdout = true, Stderr = true });

        await LabProcess.RunAsync("/usr/bin/env", "node", script, mode, response.Url);

        await Daemon.RemoveSandboxAsync(sandbox);
    }

    [Theory]
    [InlineData("spdy-port")]
    [InlineData("websocket-port")]
    public async Task ForeignClient_PortForward_AgreesWithTheProtocol(string mode)
    {
        string script = InteropScript();
        using TcpListener echo = new(IPAddress.Loopback, 0);
        echo.Start();
        int port = ((IPEndPoint)echo.LocalEndpoint).Port;
        _ = EchoAsync(echo);
        PodSandboxConfig config = Requests.Sandbox(Daemon, mode, network: NamespaceMode.Node);
        string sandbox = await Daemon.RunSandboxAsync(config);
        PortForwardResponse response = await Daemon.Runtime.PortForwardAsync(new PortForwardRequest { PodSandboxId = sandbox, Port = { port } });

        await LabProcess.RunAsync("/usr/bin/env", "node", script, mode, response.Url, port.ToString(CultureInfo.InvariantCulture));

        await Daemon.RemoveSandboxAsync(sandbox);
    }

    private static string InteropScript()
    {
        string directory = Path.Combine(HostRequirements.FindRepository(), "tests", "interop");
        Shell.Find("node");
        Assert.SkipUnless(Directory.Exists($"{directory}/node_modules"), "the clients are not installed: run 'npm ci' in tests/interop");
        return $"{directory}/streams.js";
    }

    private static async Task<bool> AnswersAsync(HttpClient client, int port)
    {
        try
        {
            await client.GetStringAsync($"http://127.0.0.1:{port}/passwd");
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task EchoAsync(TcpListener listener)
    {
        while (listener.Server.IsBound)
        {
            Socket accepted = await listener.AcceptSocketAsync();
            _ = Task.Run(async () =>
            {
                await using NetworkStream stream = new(accepted, ownsSocket: true);
                await stream.CopyToAsync(stream);
            });
        }
    }

    private int CountDescriptors() => Directory.EnumerateFileSystemEntries($"/proc/{Daemon.Pid}/fd").Count();
}
