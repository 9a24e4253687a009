using Crid.Api;

namespace Crid.Cli.Tests;

public class VerbTests
{
    private const string Pod = """
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "demo", "labels": {"app": "web"}},
         "spec": {"restartPolicy": "Never", "shareProcessNamespace": true, "securityContext": {"fsGroup": 3000}, "volumes": [{"name": "data", "hostPath": {"path": "/tmp"}}],
           "containers": [{"name": "web", "image": "busybox:1", "command": ["echo", "$(POD) $(IP) $(NONE)"],
             "env": [{"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}, {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
             "ports": [{"containerPort": 80, "hostPort": 8080}], "volumeMounts": [{"name": "data", "mountPath": "/data", "readOnly": true}],
             "resources": {"limits": {"cpu": "500m", "memory": "64Mi"}}}]}}
        """;

    [Fact]
    public async Task Exec_ContainerByName_PassesCommandAndExitCode()
    {
        await using FakeServer server = await FakeServer.StartAsync();
        server.State.Containers.Add(new Container { Id = "c0ffee", Metadata = new ContainerMetadata { Name = "web" }, State = ContainerState.ContainerRunning });
        server.State.ExitCode = 42;

        int exitCode = await server.RunAsync("exec", "web", "--", "sh", "-c", "exit 42");

        Assert.Equal(42, exitCode);
        ExecRequest request = Assert.Single(server.State.Requests<ExecRequest>());
        Assert.Equal(("c0ffee", false, true, true, false), (request.ContainerId, request.Stdin, request.Stdout, request.Stderr, request.Tty));
        Assert.Equal(["sh", "-c", "exit 42"], request.Cmd);
    }

    [Fact]
    public async Task Exec_CommandThatOutlivesItsTime_Fails()
    {
        await using FakeServer server = await FakeServer.StartAsync();
        server.State.Containers.Add(new Container { Id = "c0ffee", Metadata = new ContainerMetadata { Name = "web" }, State = ContainerState.ContainerRunning });
        server.State.ExitCode = 99;

        Assert.Equal(ExitCodes.Failure, await server.RunAsync("exec", "--timeout", "500ms", "web", "--", "sleep", "1000"));
    }

    [Fact]
    public async Task Attach_ContainerByName_EndsWithTheContainer()
    {
        await using FakeServer server = await FakeServer.StartAsync();
        server.State.Containers.Add(new Container { Id = "c0ffee", Metadata = new ContainerMetadata { Name = "web" }, State = ContainerState.ContainerRunning });

        Assert.Equal(ExitCodes.Success, await server.RunAsync("attach", "web"));

        AttachRequest request = Assert.Single(server.State.Requests<AttachRequest>());
        Assert.Equal(("c0ffee", false, true, true, false), (request.ContainerId, request.Stdin, request.Stdout, request.Stderr, request.Tty));
    }

    [Theory]
    [InlineData("8080:80", 8080, 80)]
    [InlineData(":80", 0, 80)]
    [InlineData("0:80", 0, 80)]
    [InlineData("80", 80, 80)]
    public void PortPair_Forms_AreRead(string text, int local, int remote) => Assert.Equal(new PortPair(local, remote), PortPair.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("80:")]
    [InlineData("80:0")]
    [InlineData("1:2:3")]
    [InlineData("65536")]
    [InlineData("-1:80")]
    public void PortPair_OtherTexts_AreRefused(string text) => Assert.Throws<CliException>(() => PortPair.Parse(text));

    [Theory]
    [InlineData("""{"status":"Success"}""", 0)]
    [InlineData("""{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"7"}]}}""", 7)]
    public void CommandStatus_ExitCodes_AreRead(string status, int expected) =>
        Assert.Equal(expected, CommandStatus.ReadExitCode(System.Text.Encoding.UTF8.GetBytes(status)));

    [Theory]
    [InlineData("""{"status":"Failure","reason":"InternalError","message":"no such command"}""", "no such command")]
    [InlineData("""{"status":"Failure","reason":"NonZeroExitCode","details":[]}""", "the command failed")]
    [InlineData("plain words", "plain words")]
    [InlineData("", "the connection ended before the command did")]
    public void CommandStatus_Failures_AreTold(string status, string message) =>
        Assert.Equal(message, Assert.Throws<CliException>(() => CommandStatus.ReadExitCode(System.Text.Encoding.UTF8.GetBytes(status))).Message);

    [Fact]
    public async Task PortForwarder_Connection_IsCarriedBothWaysToItsEnd()
    {
        await using FakeServer server = await FakeServer.StartAsync();
        using DaemonConnection daemon = new(DaemonAddress.Parse(server.Address), TimeSpan.FromSeconds(20));
        using Terminal terminal = new(Stream.Null, Stream.Null, width: null, errorIsScreen: false);
        using Interrupts interrupts = Interrupts.Manual();
        using CancellationTokenSource stop = new();
        int port = FreePort();
        Task forwarding = new PortForwarder(new VerbContext(daemon, terminal, OutputFormat.Table, interrupts), "aaaa", new PortPair(port, 80))
            .RunAsync(System.Net.IPAddress.Loopback, stop.Token);

        using System.Net.Sockets.TcpClient client = new();
        await client.ConnectAsync(System.Net.IPAddress.Loopback, port);
        System.Net.Sockets.NetworkStream stream = client.GetStream();
        await stream.WriteAsync("there and back"u8.ToArray());
        client.Client.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        using StreamReader reader = new(stream);

        Assert.Equal("there and back", await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal([80], Assert.Single(server.State.Requests<PortForwardRequest>()).Port);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => forwarding);
    }

    [Theory]
    [InlineData(ExitCodes.Usage, "exec", "-it", "web", "--", "sh")]
    [InlineData(ExitCodes.Usage, "pull", "UPPER:case:x")]
    [InlineData(ExitCodes.Usage, "ps", "--state", "happy")]
    [InlineData(ExitCodes.Usage, "ps", "--output", "xml")]
    [InlineData(ExitCodes.Usage, "run")]
    [InlineData(ExitCodes.Usage, "run", "-f", "/nowhere/pod.yaml")]
    [InlineData(ExitCodes.Usage, "run", "-v", "data", "busybox")]
    [InlineData(ExitCodes.Usage, "run", "--memory", "lots", "busybox")]
    [InlineData(ExitCodes.Usage, "run", "--rm", "-d", "busybox")]
    [InlineData(ExitCodes.Failure, "exec", "gone", "--", "ls")]
    [InlineData(ExitCodes.Failure, "rmi", "gone")]
    [InlineData(ExitCodes.Failure, "inspect", "gone")]
    [InlineData(ExitCodes.Failure, "run", "--pull", "never", "busybox")]
    public async Task Run_WrongCommandLineOrObject_EndsWithItsExitCodeAndChangesNothing(int expected, params string[] arguments)
    {
        await using FakeServer server = await FakeServer.StartAsync();

        Assert.Equal(expected, await server.RunAsync(arguments));

        Assert.Empty(server.State.Calls);
    }

    private static int FreePort()
    {
        using System.Net.Sockets.TcpListener listener = new(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    [Fact]
    public async Task Version_NoServer_Fails()
    {
        System.CommandLine.RootCommand root = new("crid");
        CliCommands.AddTo(root);

        Assert.Equal(ExitCodes.Failure, await CliCommands.InvokeAsync(root, ["version", "--address", "/nowhere/crid.sock"]));
        Assert.Equal(ExitCodes.Usage, await CliCommands.InvokeAsync(root, ["bogus"]));
    }

    [Fact]
    public void Requests_OfAPod_AreWhatKubeletSends()
    {
        PodManifest pod = ReadPod();
        PodFiles files = PodFiles.Of(pod, PodFileRoots.Default);

        PodSandboxConfig sandbox = SandboxRequests.Of(pod, files);
        ContainerConfig container = new ContainerRequests(pod, files, static _ => new Image(), "10.0.0.2").Of(pod.Containers[0], FakeState.Image);

        Assert.Equal(("demo", "default", pod.Uid), (sandbox.Metadata.Name, sandbox.Metadata.Namespace, sandbox.Metadata.Uid));
        Assert.Equal($"/var/log/pods/default_demo_{pod.Uid}", sandbox.LogDirectory);
        Assert.Equal("web", sandbox.Labels["app"]);
        Assert.Equal(pod.Uid, sandbox.Labels["io.kubernetes.pod.uid"]);
        Assert.Equal(SecurityProfile.Types.ProfileType.RuntimeDefault, sandbox.Linux.SecurityContext.Seccomp.ProfileType);
        Assert.Equal(NamespaceMode.Pod, sandbox.Linux.SecurityContext.NamespaceOptions.Pid);
        Assert.Equal(8080, Assert.Single(sandbox.PortMappings).HostPort);
        Assert.Equal(["echo", "demo 10.0.0.2 $(NONE)"], container.Command);
        Assert.Equal("web/0.log", container.LogPath);
        Assert.Equal((FakeState.Image.Id, "busybox:1"), (container.Image.Image, container.Image.UserSpecifiedImage));
        Assert.Equal(("/data", "/tmp", true), (container.Mounts[0].ContainerPath, container.Mounts[0].HostPath, container.Mounts[0].Readonly));
        Assert.Equal((512L, 100_000L, 50_000L, 64L << 20), Cpu(container.Linux.Resources));
        Assert.Equal(7, container.Linux.SecurityContext.RunAsUser.Value);
        Assert.Equal([3000L], container.Linux.SecurityContext.SupplementalGroups);
        Assert.Contains("/proc/kcore", container.Linux.SecurityContext.MaskedPaths);
        Assert.Equal(SecurityProfile.Types.ProfileType.Unconfined, container.Linux.SecurityContext.Seccomp.ProfileType);
    }

    [Fact]
    public void Requests_RunAsNonRoot_RefusesRoot()
    {
        PodManifest pod = ReadPod() with { Security = new PodSecurityManifest { RunAsNonRoot = true, RunAsUser = 0 } };

        CliException error = Assert.Throws<CliException>(() => new ContainerRequests(pod, PodFiles.Of(pod, PodFileRoots.Default), static _ => new Image(), "").Of(pod.Containers[0], FakeState.Image));

        Assert.Contains("runAsNonRoot", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null, null, null, nameof(PodQuality.BestEffort), 1000)]
    [InlineData(100L, 100L, 1L << 20, 1L << 20, nameof(PodQuality.Guaranteed), -997)]
    [InlineData(null, 100L, null, 1L << 20, nameof(PodQuality.Guaranteed), -997)]
    [InlineData(100L, null, null, null, nameof(PodQuality.Burstable), 999)]
    [InlineData(null, null, 1L << 29, null, nameof(PodQuality.Burstable), 500)]
    public void Resources_QualityOfService_SetsOomScore(long? cpuRequest, long? cpuLimit, long? memoryRequest, long? memoryLimit, string quality, long score)
    {
        ResourcesManifest resources = new() { CpuRequest = cpuRequest, CpuLimit = cpuLimit, MemoryRequest = memoryRequest, MemoryLimit = memoryLimit };
        PodManifest pod = ReadPod();
        pod = pod with { Containers = [pod.Containers[0] with { Resources = resources }] };

        Assert.Equal(quality, ResourceRequests.QualityOf(pod).ToString());
        Assert.Equal(score, ResourceRequests.Of(resources, ResourceRequests.QualityOf(pod), machineMemory: 1L << 30).OomScoreAdj);
    }

    [Fact]
    public void OfSandbox_NotMadeByRun_HasNoFiles()
    {
        PodSandboxMetadata metadata = new() { Name = "demo", Namespace = "default", Uid = Guid.NewGuid().ToString() };
        PodSandbox ours = new() { Metadata = metadata, Labels = { [PodFiles.CreatorLabel] = PodFiles.CreatorValue } };
        PodSandbox crooked = new() { Metadata = new PodSandboxMetadata(metadata) { Uid = "../../etc" }, Labels = { ours.Labels } };

        Assert.NotNull(PodFiles.OfSandbox(ours, PodFileRoots.Default));
        Assert.Null(PodFiles.OfSandbox(new PodSandbox { Metadata = metadata }, PodFileRoots.Default));
        Assert.Null(PodFiles.OfSandbox(crooked, PodFileRoots.Default));
    }

    [Theory]
    [InlineData("8080:80", 80, 8080, "TCP", "")]
    [InlineData("127.0.0.1:53:5353/udp", 5353, 53, "UDP", "127.0.0.1")]
    [InlineData("[::1]:1:2", 2, 1, "TCP", "::1")]
    public void ParsePort_Forms_AreUnderstood(string text, int container, int host, string protocol, string ip) =>
        Assert.Equal(new PortManifest(container, host, protocol, ip), RunValues.ParsePort(text));

    [Theory]
    [InlineData("80")]
    [InlineData("0:80")]
    [InlineData("80:99999")]
    [InlineData("80:80/icmp")]
    [InlineData(":80")]
    public void ParsePort_Malformed_IsAUsageError(string text) => Assert.Equal(ExitCodes.Usage, Assert.Throws<CliException>(() => RunValues.ParsePort(text)).ExitCode);

    [Fact]
    public void Progress_NarrowScreen_FitsOnOneLine()
    {
        Pull pull = new() { LayersDone = 2, LayersTotal = 5, BytesReceived = 50, BytesTotal = 100 };

        Assert.Equal(39, PullProgressView.Line(pull, TimeSpan.FromSeconds(1), 40).Length);
        Assert.Contains(" 50%  2/5 layers  50 B of 100 B", PullProgressView.Line(pull, TimeSpan.FromSeconds(1), 200), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_TimesAndInfo_AreReadable()
    {
        ContainerStatusResponse response = new()
        {
            Status = new ContainerStatus { CreatedAt = 1_000_000_000, Labels = { ["createdAt"] = "5" } },
            Info = { ["info"] = "{\"pid\":7}", ["text"] = "{no json" },
        };

        System.Text.Json.Nodes.JsonNode json = JsonText.Of(response);

        Assert.Equal("1970-01-01T00:00:01.0000000Z", json["status"]!["createdAt"]!.GetValue<string>());
        Assert.Equal("5", json["status"]!["labels"]!["createdAt"]!.GetValue<string>());
        Assert.Equal(7, json["info"]!["info"]!["pid"]!.GetValue<int>());
        Assert.Equal("{no json", json["info"]!["text"]!.GetValue<string>());
    }

    [Fact]
    public void Completion_EveryShell_NamesVerbsAndOptions()
    {
        System.CommandLine.RootCommand root = new("crid");
        CliCommands.AddTo(root);

        Assert.All([CompletionVerb.Bash(root), CompletionVerb.Zsh(root), CompletionVerb.Fish(root)], script =>
        {
            Assert.Contains("inspect", script, StringComparison.Ordinal);
            Assert.Contains("no-trunc", script, StringComparison.Ordinal);
        });
    }

    private static (long Shares, long Period, long Quota, long Memory) Cpu(LinuxContainerResources resources) =>
        (resources.CpuShares, resources.CpuPeriod, resources.CpuQuota, resources.MemoryLimitInBytes);

    private static PodManifest ReadPod()
    {
        using StringReader text = new(Pod);
        return PodManifestReader.Read(text, "pod.json").Pod;
    }
}
