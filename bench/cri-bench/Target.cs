using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Crid.Api;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Win32.SafeHandles;

namespace Crid.Bench;

/// <summary>One CRI server under test. Knows every sandbox that it made there and removes them all in the end.</summary>
internal sealed class Target : IAsyncDisposable
{
    /// <summary>Says which processes are the containers' own; nothing else on a machine sleeps this long.</summary>
    public const string PayloadArgument = "98765431";

    private const int SolSocket = 1;
    private const int PeerCredentials = 17;
    private static readonly TimeSpan CallTimeout = TimeSpan.FromMinutes(2);

    private readonly GrpcChannel _channel;
    private readonly ConcurrentDictionary<string, byte> _sandboxes = new();
    private readonly BenchOptions _options;
    private readonly string _cgroup;
    private int _count;
    private SafeFileHandle? _network;

    public Target(TargetAddress address, BenchOptions options)
    {
        Name = address.Name;
        _cgroup = address.Cgroup;
        Cpu = _cgroup.Length > 0 ? new CpuAccount(_cgroup) : null;
        _options = options;
        DaemonPid = PidBehind(address.SocketPath);
        SocketsHttpHandler handler = new() { UseProxy = false, ConnectCallback = (_, cancellation) => ConnectAsync(address.SocketPath, cancellation) };
        _channel = GrpcChannel.ForAddress(new Uri("http://localhost"), new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
        Runtime = new RuntimeService.RuntimeServiceClient(_channel);
        Images = new ImageService.ImageServiceClient(_channel);
    }

    public string Name { get; }

    /// <summary>Of the server and all that it starts: runtimes, plugins, monitors, pods; null where its cgroup is not known.</summary>
    public CpuAccount? Cpu { get; }

    /// <summary>Of the process at the other end of the socket.</summary>
    public int DaemonPid { get; private set; }

    public RuntimeService.RuntimeServiceClient Runtime { get; }

    public ImageService.ImageServiceClient Images { get; }

    /// <summary>The id of the payload's image here.</summary>
    public string ImageId { get; private set; } = "";

    public static CallOptions Call(CancellationToken cancellation) =>
        new CallOptions(cancellationToken: cancellation).WithDeadline((TimeProvider.System.GetUtcNow() + CallTimeout).UtcDateTime);

    /// <summary>Asks for the version and makes sure that the image is there.</summary>
    public async Task<string> PrepareAsync(CancellationToken cancellation)
    {
        VersionResponse version = await Runtime.VersionAsync(new VersionRequest { Version = "0.1.0" }, Call(cancellation));
        ImageSpec image = new() { Image = _options.Image };
        ImageStatusResponse status = await Images.ImageStatusAsync(new ImageStatusRequest { Image = image }, Call(cancellation));
        ImageId = status.Image?.Id ?? (await Images.PullImageAsync(new PullImageRequest { Image = image }, Call(cancellation))).ImageRef;
        return $"{version.RuntimeName} {version.RuntimeVersion}";
    }

    public PodSandboxConfig NewPod(PidMode pid)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"bench-{Environment.ProcessId}-{Interlocked.Increment(ref _count)}");
        PodSandboxConfig config = new()
        {
            Metadata = new PodSandboxMetadata { Name = name, Namespace = "bench", Uid = Guid.NewGuid().ToString() },
            Hostname = name,
            LogDirectory = Path.Combine(_options.LogDirectory, Name, name),
            Linux = new LinuxPodSandboxConfig
            {
                CgroupParent = _cgroup.Length > 0 ? $"{_cgroup}/pods" : "",
                SecurityContext = new LinuxSandboxSecurityContext
                {
                    NamespaceOptions = Namespaces(pid),
                    Seccomp = new SecurityProfile { ProfileType = SecurityProfile.Types.ProfileType.RuntimeDefault },
                },
            },
        };
        config.Labels["io.kubernetes.pod.name"] = name;
        config.Labels["io.kubernetes.pod.namespace"] = "bench";
        config.Labels["io.kubernetes.pod.uid"] = config.Metadata.Uid;
        Directory.CreateDirectory(config.LogDirectory);
        return config;
    }

    public async Task<string> RunSandboxAsync(PodSandboxConfig pod, CancellationToken cancellation)
    {
        // A run that is cancelled or fails may leave a sandbox behind, of which only the list knows: clean-up goes by the label too.
        RunPodSandboxResponse response = await Runtime.RunPodSandboxAsync(
            new RunPodSandboxRequest { Config = pod, RuntimeHandler = _options.RuntimeHandler }, Call(cancellation));
        _sandboxes[response.PodSandboxId] = 0;
        return response.PodSandboxId;
    }

    /// <summary>A container as kubelet would ask for it; it sleeps.</summary>
    public CreateContainerRequest NewContainer(string sandbox, PodSandboxConfig pod, PidMode pid, string name = "main")
    {
        ContainerConfig config = new()
        {
            Metadata = new ContainerMetadata { Name = name },
            Image = new ImageSpec { Image = ImageId, UserSpecifiedImage = _options.Image },
            LogPath = $"{name}.log",
            Linux = new LinuxContainerConfig
            {
                Resources = new LinuxContainerResources { CpuShares = 2, OomScoreAdj = 1000 },
                SecurityContext = new LinuxContainerSecurityContext
                {
                    NamespaceOptions = Namespaces(pid),
                    RunAsUser = new Int64Value { Value = 0 },
                    Seccomp = new SecurityProfile { ProfileType = SecurityProfile.Types.ProfileType.Unconfined },
                },
            },
        };
        config.Command.Add(["/bin/sleep", PayloadArgument]);
        config.Envs.Add(new KeyValue { Key = "KUBERNETES_SERVICE_HOST", Value = ByteString.CopyFromUtf8("10.96.0.1") });
        config.Labels["io.kubernetes.container.name"] = name;
        config.Labels["io.kubernetes.pod.uid"] = pod.Metadata.Uid;
        config.Linux.SecurityContext.MaskedPaths.Add(["/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/scsi", "/sys/firmware"]);
        config.Linux.SecurityContext.ReadonlyPaths.Add(["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]);
        return new CreateContainerRequest { PodSandboxId = sandbox, Config = config, SandboxConfig = pod };
    }

    public async Task<string> CreateAsync(CreateContainerRequest request, CancellationToken cancellation) =>
        (await Runtime.CreateContainerAsync(request, Call(cancellation))).ContainerId;

    public async Task StartAsync(string container, CancellationToken cancellation) =>
        await Runtime.StartContainerAsync(new StartContainerRequest { ContainerId = container }, Call(cancellation));

    public async Task StopSandboxAsync(string sandbox, CancellationToken cancellation) =>
        await Runtime.StopPodSandboxAsync(new StopPodSandboxRequest { PodSandboxId = sandbox }, Call(cancellation));

    public async Task RemoveSandboxAsync(string sandbox, CancellationToken cancellation)
    {
        await Runtime.RemovePodSandboxAsync(new RemovePodSandboxRequest { PodSandboxId = sandbox }, Call(cancellation));
        _sandboxes.TryRemove(sandbox, out _);
    }

    /// <summary>Kills the server as a crash would, and starts its command again where it ran; returns at once.</summary>
    public async Task RestartAsync(CancellationToken cancellation)
    {
        string[] command = File.ReadAllText($"/proc/{DaemonPid}/cmdline").TrimEnd('\0').Split('\0');
        using Process old = Process.GetProcessById(DaemonPid);
        ProcessStartInfo start = new("/usr/bin/nsenter", [$"--net=/proc/{Environment.ProcessId}/fd/{OpenNetwork().DangerousGetHandle()}", "--", .. command])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        old.Kill();
        await old.WaitForExitAsync(cancellation);
#pragma warning disable RS0030 // The server under test is a black box, whichever it is.
        using Process started = Process.Start(start)!;
#pragma warning restore RS0030
        started.OutputDataReceived += static (_, _) => { };
        started.ErrorDataReceived += static (_, _) => { };
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        DaemonPid = started.Id;
    }

    /// <summary>Removes every sandbox that is left of this run, several at a time.</summary>
    public async Task CleanUpAsync()
    {
        string prefix = string.Create(CultureInfo.InvariantCulture, $"bench-{Environment.ProcessId}-");
        ListPodSandboxResponse listed = await Runtime.ListPodSandboxAsync(new ListPodSandboxRequest(), Call(CancellationToken.None));
        IEnumerable<string> left = listed.Items
            .Where(pod => pod.Metadata.Namespace == "bench" && pod.Metadata.Name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(pod => pod.Id)
            .Union(_sandboxes.Keys);
        await Parallel.ForEachAsync(left, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (sandbox, _) =>
        {
            try
            {
                await StopSandboxAsync(sandbox, CancellationToken.None);
                await RemoveSandboxAsync(sandbox, CancellationToken.None);
            }
            catch (RpcException error)
            {
                await Console.Error.WriteLineAsync($"{Name}: sandbox {sandbox} is left behind: {error.Status.Detail}");
            }
        });
    }

    public async ValueTask DisposeAsync()
    {
        await CleanUpAsync();
        _channel.Dispose();
        _network?.Dispose();
    }

    /// <summary>The server's network namespace, which is open before the server is killed.</summary>
    private SafeFileHandle OpenNetwork() => _network ??= File.OpenHandle($"/proc/{DaemonPid}/ns/net");

    private static NamespaceOption Namespaces(PidMode pid) => new()
    {
        Network = NamespaceMode.Pod,
        Ipc = NamespaceMode.Pod,
        Pid = pid == PidMode.Pod ? NamespaceMode.Pod : NamespaceMode.Container,
    };

    private static int PidBehind(string path)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(SolSocket, PeerCredentials, credentials);
        return MemoryMarshal.Read<int>(credentials);
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellation)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
