using System.Net.Sockets;
using System.Text;
using Crid.Api;
using Google.Protobuf;
using Grpc.Core;

namespace Crid.HostTests;

/// <summary>What an ordinary pod does, with real images, OCI runtimes and CNI plugins.</summary>
public sealed class PodLifeTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    private CridDaemon Daemon => fixture.Daemon;

    [Theory]
    [InlineData("")]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task Life_FromRunToRemove_EveryStepShowsAndNothingIsLeft(string handler)
    {
        string name = $"life{handler}";
        (string sandboxId, string id) = await Daemon.RunPodAsync(name, fixture.Image, "echo out; echo err >&2; trap 'exit 3' TERM; while true; do sleep 0.1; done", handler: handler);

        PodSandboxStatus sandbox = await Daemon.SandboxStatusAsync(sandboxId);
        Assert.Equal(PodSandboxState.SandboxReady, sandbox.State);
        Assert.StartsWith(Daemon.Subnet.Split('.')[0] + ".", sandbox.Network.Ip, StringComparison.Ordinal);
        Assert.Equal(NamespaceMode.Container, sandbox.Linux.Namespaces.Options.Pid);
        Assert.Equal("kept as it is", sandbox.Annotations["example.org/note"]);
        ContainerStatus running = await Daemon.ContainerStatusAsync(id);
        Assert.Equal(ContainerState.ContainerRunning, running.State);
        Assert.True(running.StartedAt >= running.CreatedAt && running.CreatedAt > 0);
        Assert.Equal(fixture.Image, running.Image.Image);
        Assert.Equal(running.ImageId, running.ImageRef);
        Assert.Equal(256 << 20, running.Resources.Linux.MemoryLimitInBytes);

        Assert.Equal((0, "hello\n", ""), await Daemon.ExecAsync(id, "echo", "hello"));
        Assert.Equal((7, "out\n", "err\n"), await Daemon.ExecAsync(id, "/bin/sh", "-c", "echo out; echo err >&2; exit 7"));
        await Eventually.TrueAsync(async () => (await Daemon.ReadLogAsync(id)).Length == 2, "both lines are logged");
        Assert.Equal(["err", "out"], (await Daemon.ReadLogAsync(id)).Order());

        await Daemon.StopContainerAsync(id, timeout: 20);
        ContainerStatus stopped = await Daemon.ContainerStatusAsync(id);
        Assert.Equal((ContainerState.ContainerExited, 3, "Error"), (stopped.State, stopped.ExitCode, stopped.Reason));
        Assert.True(stopped.FinishedAt >= stopped.StartedAt);

        await Daemon.RemoveContainerAsync(id);
        await Daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    }

    [Fact]
    public async Task ExitCode_OfTheContainer_IsExact()
    {
        (string sandboxId, string id) = await Daemon.RunPodAsync("exit", fixture.Image, "exit 42");

        await Daemon.WaitForExitAsync(id);

        Assert.Equal(42, (await Daemon.ContainerStatusAsync(id)).ExitCode);
        await Daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    }

    [Fact]
    public async Task StopContainer_SignalIgnored_IsKilledAfterTheGracePeriod()
    {
        (string sandboxId, string id) = await Daemon.RunPodAsync("ignores", fixture.Image, "trap '' TERM; while true; do sleep 0.1; done");

        await Daemon.StopContainerAsync(id, timeout: 1);

        ContainerStatus status = await Daemon.ContainerStatusAsync(id);
        Assert.Equal((ContainerState.ContainerExited, 137), (status.State, status.ExitCode));
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Fact]
    public async Task SharedPidNamespace_PauseIsPidOneAndContainersSeeEachOther()
    {
        PodSandboxConfig sandbox = Requests.Sandbox(Daemon, "shared", NamespaceMode.Pod);
        string sandboxId = await Daemon.RunSandboxAsync(sandbox);
        ContainerConfig first = Requests.Container("first", fixture.Image, "sleep", "1234");
        ContainerConfig second = Requests.Container("second", fixture.Image, "sleep", "4321");
        foreach (ContainerConfig config in new[] { first, second })
        {
            config.Linux.SecurityContext.NamespaceOptions.Pid = NamespaceMode.Pod;
        }

        string a = await Daemon.CreateContainerAsync(sandboxId, sandbox, first);
        string b = await Daemon.CreateContainerAsync(sandboxId, sandbox, second);
        await Daemon.StartContainerAsync(a);
        await Daemon.StartContainerAsync(b);

        (_, string processes, _) = await Daemon.ExecAsync(a, "ps");

        Assert.Contains("sleep 1234", processes, StringComparison.Ordinal);
        Assert.Contains("sleep 4321", processes, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^\s*1 .* pause\s*$", processes);
        await Daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    }

    [Fact]
    public async Task TargetPidNamespace_DebuggerSeesTheTarget()
    {
        PodSandboxConfig sandbox = Requests.Sandbox(Daemon, "target");
        string sandboxId = await Daemon.RunSandboxAsync(sandbox);
        string target = await Daemon.CreateContainerAsync(sandboxId, sandbox, Requests.Container("main", fixture.Image, "sleep", "5678"));
        await Daemon.StartContainerAsync(target);
        ContainerConfig debugger = Requests.Container("debugger", fixture.Image, "sleep", "1000");
        debugger.Linux.SecurityContext.NamespaceOptions = new NamespaceOption { Pid = NamespaceMode.Target, TargetId = target };

        string id = await Daemon.CreateContainerAsync(sandboxId, sandbox, debugger);
        await Daemon.StartContainerAsync(id);

        Assert.Matches(@"(?m)^\s*1 .*sleep 5678", (await Daemon.ExecAsync(id, "ps")).Stdout);
        await Daemon.StopContainerAsync(target, timeout: 0);
        await Daemon.WaitForExitAsync(id);
        await Daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    }

    [Fact]
    public async Task PodFiles_AreWhatTheRequestSays()
    {
        (string sandboxId, string id) = await Daemon.RunPodAsync("files", fixture.Image, "sleep 1000");

        Assert.Equal("files\n", (await Daemon.ExecAsync(id, "hostname")).Stdout);
        Assert.Equal("files\n", (await Daemon.ExecAsync(id, "cat", "/etc/hostname")).Stdout);
        Assert.Equal(
            "search default.svc.cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n", (await Daemon.ExecAsync(id, "cat", "/etc/resolv.conf")).Stdout);
        Assert.Contains("localhost", (await Daemon.ExecAsync(id, "cat", "/etc/hosts")).Stdout, StringComparison.Ordinal);
        Assert.Contains(" /dev/shm tmpfs rw,nosuid,nodev,noexec", (await Daemon.ExecAsync(id, "cat", "/proc/mounts")).Stdout, StringComparison.Ordinal);
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Fact]
    public async Task HostNetwork_UsesTheNodesNetworkAndHasNoAddress()
    {
        (string sandboxId, string id) = await Daemon.RunPodAsync("hostnet", fixture.Image, "sleep 1000", (sandbox, container) =>
        {
            sandbox.Linux.SecurityContext.NamespaceOptions.Network = NamespaceMode.Node;
            sandbox.Hostname = "";
            container.Linux.SecurityContext.NamespaceOptions.Network = NamespaceMode.Node;
        });

        PodSandboxStatus status = await Daemon.SandboxStatusAsync(sandboxId);
        Assert.Equal("", status.Network?.Ip ?? "");
        Assert.Equal(NamespaceMode.Node, status.Linux.Namespaces.Options.Network);
        Assert.Contains($"{Daemon.Bridge}:", (await Daemon.ExecAsync(id, "cat", "/proc/net/dev")).Stdout, StringComparison.Ordinal);
        Assert.Equal($"{Environment.MachineName}\n", (await Daemon.ExecAsync(id, "hostname")).Stdout);
        Assert.Equal($"{Environment.MachineName}\n", (await Daemon.ExecAsync(id, "cat", "/etc/hostname")).Stdout);
        string hosts = await File.ReadAllTextAsync("/etc/hosts", TestContext.Current.CancellationToken);
        Assert.Equal(hosts, (await Daemon.ExecAsync(id, "cat", "/etc/hosts")).Stdout);
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Fact]
    public async Task VolumeOfTheWholeHost_Private_HoldsNothingOfOtherPods()
    {
        (string otherSandbox, string other) = await Daemon.RunPodAsync("other", fixture.Image, "sleep 1000");
        (string sandboxId, string id) = await Daemon.RunPodAsync("viewer", fixture.Image, "sleep 1000", (_, container) =>
            container.Mounts.Add(new Mount { ContainerPath = "/host", HostPath = "/", Readonly = true }));
        string before = (await Daemon.ExecAsync(id, "cat", "/proc/self/mountinfo")).Stdout;

        await Daemon.RemoveSandboxAsync(otherSandbox);

        // A copy of a mount or of a pinned namespace would keep the whole pod's alive for as long as the viewer runs.
        string after = (await Daemon.ExecAsync(id, "cat", "/proc/self/mountinfo")).Stdout;
        Assert.Contains(other, before, StringComparison.Ordinal);
        Assert.Contains(otherSandbox, before, StringComparison.Ordinal);
        Assert.DoesNotContain(other, after, StringComparison.Ordinal);
        Assert.DoesNotContain(otherSandbox, after, StringComparison.Ordinal);
        await Daemon.RemoveSandboxAsync(sandboxId);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    }

    [Fact]
    public async Task PodNetwork_PodsReachEachOtherAndHostPortsLeadToThem()
    {
        int port = LabRegistry.FreePort();
        (string serverSandbox, string _) = await Daemon.RunPodAsync(
            "server", fixture.Image, "mkdir -p /tmp/www; echo served > /tmp/www/index.html; httpd -f -p 80 -h /tmp/www",
            (sandbox, _) => sandbox.PortMappings.Add(new PortMapping { Protocol = Protocol.Tcp, ContainerPort = 80, HostPort = port }));
        (string clientSandbox, string client) = await Daemon.RunPodAsync("client", fixture.Image, "sleep 1000");
        string address = (await Daemon.SandboxStatusAsync(serverSandbox)).Network.Ip;

        await Eventually.TrueAsync(
            async () => (await Daemon.ExecAsync(client, "wget", "-q", "-O-", $"http://{address}/")).Stdout == "served\n", "a pod reaches the other");
        await Eventually.TrueAsync(async () => await GetAsync(port) == "served\n", "the host port leads to the pod");

        await Daemon.RemoveSandboxAsync(clientSandbox);
        await Daemon.RemoveSandboxAsync(serverSandbox);
        await LeakCheck.NothingIsLeftAsync(Daemon);
    }

    [Fact]
    public async Task Container_UserCapabilitiesAndMounts_AreAsRequested()
    {
        string shared = Directory.CreateDirectory($"{Daemon.Directory}/shared").FullName;
        await File.WriteAllTextAsync($"{shared}/file", "from the host\n", TestContext.Current.CancellationToken);
        (string sandboxId, string id) = await Daemon.RunPodAsync("secure", fixture.Image, "sleep 1000", (_, container) =>
        {
            container.Linux.SecurityContext.RunAsUser = new Int64Value { Value = 1000 };
            container.Linux.SecurityContext.SupplementalGroups.Add(3003);
            container.Linux.SecurityContext.NoNewPrivs = true;
            container.Linux.SecurityContext.ReadonlyRootfs = true;
            container.Linux.SecurityContext.Capabilities = new Capability { DropCapabilities = { "ALL" } };
            container.Envs.Add(new KeyValue { Key = "GREETING", Value = ByteString.CopyFromUtf8("hi") });
            container.Mounts.Add(new Mount { ContainerPath = "/data", HostPath = shared, Readonly = true });
        });

        Assert.Equal("1000 1001 2002 3003", string.Join(' ', (await Daemon.ExecAsync(id, "/bin/sh", "-c", "id -u; id -G")).Stdout.Split((char[])['\n', ' '], StringSplitOptions.RemoveEmptyEntries)));
        string status = (await Daemon.ExecAsync(id, "cat", "/proc/1/status")).Stdout;
        Assert.Contains("CapBnd:\t0000000000000000", status, StringComparison.Ordinal);
        Assert.Contains("NoNewPrivs:\t1", status, StringComparison.Ordinal);
        Assert.Contains("Seccomp:\t2", status, StringComparison.Ordinal);
        Assert.Equal("hi\n", (await Daemon.ExecAsync(id, "/bin/sh", "-c", "echo $GREETING")).Stdout);
        Assert.Equal("from the host\n", (await Daemon.ExecAsync(id, "cat", "/data/file")).Stdout);
        Assert.NotEqual(0, (await Daemon.ExecAsync(id, "touch", "/data/new")).ExitCode);
        Assert.NotEqual(0, (await Daemon.ExecAsync(id, "touch", "/new")).ExitCode);
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Fact]
    public async Task MemoryLimit_Exceeded_IsReportedAsOomKilled()
    {
        (string sandboxId, string id) = await Daemon.RunPodAsync("oom", fixture.Image, "sleep 0.2; dd if=/dev/zero of=/dev/null bs=200M", (_, container) =>
        {
            container.Linux.Resources.MemoryLimitInBytes = 20 << 20;
            container.Linux.Resources.MemorySwapLimitInBytes = 20 << 20;
        });

        await Daemon.WaitForExitAsync(id);

        ContainerStatus status = await Daemon.ContainerStatusAsync(id);
        Assert.Equal(("OOMKilled", 137), (status.Reason, status.ExitCode));
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Fact]
    public async Task ReopenContainerLog_AfterRename_NewLinesGoToTheNewFile()
    {
        (string sandboxId, string id) = await Daemon.RunPodAsync("rotate", fixture.Image, "i=0; while true; do echo line $i; i=$((i+1)); sleep 0.02; done");
        string path = (await Daemon.ContainerStatusAsync(id)).LogPath;
        await Eventually.TrueAsync(() => File.Exists(path) && new FileInfo(path).Length > 200, "some lines are logged");

        File.Move(path, path + ".old");
        await Daemon.Runtime.ReopenContainerLogAsync(new ReopenContainerLogRequest { ContainerId = id });
        Assert.True(File.Exists(path));
        await Daemon.StopContainerAsync(id, timeout: 0);

        string[] lines = [.. (await File.ReadAllLinesAsync(path + ".old", TestContext.Current.CancellationToken)).Concat(await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken)).Select(line => line.Split(' ', 4)[3])];
        Assert.Equal(Enumerable.Range(0, lines.Length).Select(number => $"line {number}"), lines);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => Daemon.Runtime.ReopenContainerLogAsync(new ReopenContainerLogRequest { ContainerId = id }).ResponseAsync);
        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Fact]
    public async Task ExecSync_Timeout_FailsWithDeadlineExceededAndLeavesNoProcess()
    {
        (string sandboxId, string id) = await Daemon.RunPodAsync("exectimeout", fixture.Image, "sleep 1000");

        RpcException exception = await Assert.ThrowsAsync<RpcException>(
            () => Daemon.Runtime.ExecSyncAsync(new ExecSyncRequest { ContainerId = id, Cmd = { "/bin/sh", "-c", "sleep 7654 & sleep 7655" }, Timeout = 1 }).ResponseAsync);

        Assert.Equal(StatusCode.DeadlineExceeded, exception.StatusCode);
        await Eventually.TrueAsync(() => !LabProcessInfo.List().Any(process => process.CommandLine is "sleep 7654" or "sleep 7655"), "the command's processes are gone");
        await Daemon.RemoveSandboxAsync(sandboxId);
    }

    [Fact]
    public async Task UnknownIds_StopAndRemoveSucceed_StatusIsNotFound()
    {
        string unknown = Guid.NewGuid().ToString();

        await Daemon.StopContainerAsync(unknown, 1);
        await Daemon.RemoveContainerAsync(unknown);
        await Daemon.RemoveSandboxAsync(unknown);

        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => Daemon.ContainerStatusAsync(unknown))).StatusCode);
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => Daemon.SandboxStatusAsync(unknown))).StatusCode);
    }

    private static async Task<string> GetAsync(int port)
    {
        try
        {
            using TcpClient client = new();
            await client.ConnectAsync("127.0.0.1", port);
            NetworkStream stream = client.GetStream();
            await stream.WriteAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray());
            using StreamReader reader = new(stream, Encoding.ASCII);
            string response = await reader.ReadToEndAsync();
            return response[(response.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        }
        catch (SocketException)
        {
            return "";
        }
    }
}
