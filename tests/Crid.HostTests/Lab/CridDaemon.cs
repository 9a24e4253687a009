using System.Net.Sockets;
using Crid.Api;
using Crid.Core;
using Grpc.Core;
using Grpc.Net.Client;

namespace Crid.HostTests;

/// <summary>A crid of the test's own: the published programs with directories, cgroup parent and pod network of their own.</summary>
internal sealed class CridDaemon : IAsyncDisposable
{
    private static int _counter;

    private GrpcChannel? _channel;
    private LabProcess? _process;

    private CridDaemon(int number)
    {
        // Short, because paths of sockets in it are.
        Directory = System.IO.Directory.CreateTempSubdirectory($"c{number}-").FullName;
        Subnet = $"10.{100 + number}.0.0/16";
        Bridge = $"crid{number}";
    }

    public string Directory { get; }

    public string Root => $"{Directory}/lib";

    public string Run => $"{Directory}/run";

    public string CniConfiguration => $"{Directory}/cni";

    /// <summary>Where host-local keeps the addresses that are taken.</summary>
    public string Ipam => $"{Directory}/ipam";

    public string Bridge { get; }

    public string Subnet { get; }

    /// <summary>The cgroup parent that the tests' requests name.</summary>
    public string CgroupParent => LabMachine.CgroupParent(Path.GetFileName(Directory));

    public string Socket => $"{Run}/crid.sock";

    public int Pid => _process!.Pid;

    public RuntimeService.RuntimeServiceClient Runtime { get; private set; } = null!;

    public ImageService.ImageServiceClient Images { get; private set; } = null!;

    public Admin.AdminClient Admin { get; private set; } = null!;

    /// <summary>Starts crid; with <paramref name="withNetwork"/> false there is no CNI configuration yet.</summary>
    /// <param name="dropIn">Makes more configuration, read after what all tests have.</param>
    public static async Task<CridDaemon> StartAsync(bool withNetwork = true, Func<CridDaemon, string>? dropIn = null)
    {
        HostRequirements.Require(
            Path.Combine(HostRequirements.BinDirectory, "crid"), Path.Combine(HostRequirements.BinDirectory, "crid-keeper"), LabMachine.RuntimePath, "/usr/lib/cni/bridge");
        CridDaemon daemon = new(Interlocked.Increment(ref _counter));
        // The root of a user namespace passes through here on its way to a root file system, as through /run.
        File.SetUnixFileMode(daemon.Directory, (UnixFileMode)0x1c9);
        System.IO.Directory.CreateDirectory(daemon.CniConfiguration);
        if (withNetwork)
        {
            await daemon.WriteNetworkAsync();
        }

        await File.WriteAllTextAsync(daemon.ConfigPath, $"""
            [directories]
            root = "{daemon.Root}"
            run = "{daemon.Run}"

            [log]
            level = "debug"

            [runtimes]
            default = "{LabMachine.Runtime}"
            cgroup_driver = "{LabMachine.CgroupDriver}"

            [cni]
            configuration_directory = "{daemon.CniConfiguration}"
            plugin_directories = ["/usr/lib/cni"]
            results_directory = "{daemon.Directory}/cni-results"

            {HostRequirements.ExtraHandlers}
            """);
        if (dropIn is not null)
        {
            System.IO.Directory.CreateDirectory($"{daemon.ConfigPath}.d");
            await File.WriteAllTextAsync(daemon.DropInPath, dropIn(daemon));
        }

        await daemon.LaunchAsync();
        return daemon;
    }

    /// <summary>Writes the bridge network's configuration, which crid picks up by itself.</summary>
    public Task WriteNetworkAsync() => File.WriteAllTextAsync($"{CniConfiguration}/10-test.conflist", $$$"""
        {"cniVersion": "1.0.0", "name": "{{{Bridge}}}", "plugins": [
          {"type": "bridge", "bridge": "{{{Bridge}}}", "isGateway": true, "ipMasq": true, "hairpinMode": true,
           "ipam": {"type": "host-local", "dataDir": "{{{Ipam}}}", "ranges": [[{"subnet": "{{{Subnet}}}"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
          {"type": "portmap", "capabilities": {"portMappings": true}}]}
        """);

    /// <summary>Starts the program again after <see cref="KillAsync"/> or <see cref="TerminateAsync"/>, and waits until it answers.</summary>
    public async Task LaunchAsync()
    {
        Spawn();
        await Eventually.TrueAsync(IsUpAsync, $"crid answers; its log is {ReadLog()}");
    }

    /// <summary>Starts the program and waits for nothing.</summary>
    public void Spawn()
    {
        _process = LabProcess.Start($"{Directory}/crid.log", Path.Combine(HostRequirements.BinDirectory, "crid"), "serve", "--config", ConfigPath);
        _channel ??= Connect();
        Runtime ??= new RuntimeService.RuntimeServiceClient(_channel);
        Images ??= new ImageService.ImageServiceClient(_channel);
        Admin ??= new Admin.AdminClient(_channel);
    }

    /// <summary>The pid of the keeper that runs for this daemon; 0 where there is none.</summary>
    public int FindKeeper() => LabProcessInfo.List()
        .FirstOrDefault(process => process.CommandLine.Contains($"crid-keeper --run-directory {Run}", StringComparison.Ordinal))?.Pid ?? 0;

    /// <summary>Whether a keeper takes connections, which it does once it has taken over.</summary>
    public bool KeeperListens()
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(new CridDirectories(Root, Run).KeeperSocket));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Waits until the program has ended, for whatever reason.</summary>
    public Task WaitForExitAsync() => _process!.WaitForExitAsync();

    /// <summary>Whether calls are served.</summary>
    public async Task<bool> AnswersAsync()
    {
        try
        {
            await Runtime.VersionAsync(new VersionRequest());
            return true;
        }
        catch (RpcException exception) when (exception.StatusCode is StatusCode.Unavailable or StatusCode.Internal)
        {
            return false;
        }
    }

    /// <summary>The keeper that crid is connected to, with which it has exchanged what it holds; 0 for none, or where crid does not answer.</summary>
    public async Task<int> GetKeeperAsync()
    {
        try
        {
            return (await Admin.GetDaemonAsync(new GetDaemonRequest())).KeeperPid;
        }
        catch (RpcException exception) when (exception.StatusCode is StatusCode.Unavailable or StatusCode.Internal)
        {
            return 0;
        }
    }

    public Task KillAsync() => _process!.KillAsync();

    public Task TerminateAsync() => _process!.TerminateAsync();

    public bool HasExited => _process!.HasExited;

    public string ReadLog()
    {
        using FileStream log = new($"{Directory}/crid.log", FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(log);
        return reader.ReadToEnd();
    }

    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        LabCleanup.KillBelow(Directory);
        await LabCleanup.UnmountBelowAsync(Directory);
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    /// <summary>Read after the other configuration.</summary>
    public string DropInPath => $"{ConfigPath}.d/10-test.toml";

    public string ConfigPath => $"{Directory}/config.toml";

    private GrpcChannel Connect()
    {
        SocketsHttpHandler handler = new()
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        return GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }

    private Task<bool> IsUpAsync()
    {
        Assert.False(_process!.HasExited, $"crid ended with {(_process.HasExited ? _process.ExitCode : 0)}: {ReadLog()}");
        return AnswersAsync();
    }
}
