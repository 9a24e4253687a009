using Crid.Core;
using Crid.Cri;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Crid.Networking;
using Crid.Pods;
using Crid.Runtimes;
using Crid.State;
using Crid.Streaming;

namespace Crid.Daemon;

/// <summary>Every part of the daemon, made by hand in the order in which they need each other, and let go of in the reverse order.</summary>
internal sealed class Composition : IAsyncDisposable
{
    /// <summary>An orphaned CNI plugin or OCI runtime of before a crash ends within milliseconds; one that hangs is not waited for.</summary>
    private static readonly TimeSpan ProgramPatience = TimeSpan.FromSeconds(5);

    private readonly Stack<object> _owned = new();
    private readonly CridOptions _options;
    private readonly CridDirectories _directories;
    private readonly DaemonControl _control;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _time = TimeProvider.System;
    private PodService? _pods;

    private Composition(CridOptions options, CridDirectories directories, DaemonControl control, ILoggerFactory loggers)
    {
        _control = control;
        _options = options;
        _directories = directories;
        _loggers = loggers;
    }

    public RuntimeServiceImpl RuntimeService { get; private set; } = null!;

    public ImageServiceImpl ImageService { get; private set; } = null!;

    public AdminService AdminService { get; private set; } = null!;

    /// <summary>What can be observed of the node; observed only while somebody keeps metrics.</summary>
    public NodeInstruments Instruments { get; private set; } = null!;

    /// <summary>Makes the parts; when this returns, what a crash or a reboot has left is repaired and the services may be called.</summary>
    public static async Task<Composition> CreateAsync(
        CridOptions options, CridDirectories directories, DaemonControl control, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        Composition composition = new(options, directories, control, loggers);
        try
        {
            await composition.OpenAsync(cancellationToken);
            return composition;
        }
        catch
        {
            await composition.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends calls that would last until their caller leaves, so that the server can stop.</summary>
    public void EndStreams() => _pods?.CloseEvents();

    public async ValueTask DisposeAsync()
    {
        while (_owned.TryPop(out object? part))
        {
            if (part is IAsyncDisposable asynchronous)
            {
                await asynchronous.DisposeAsync();
            }
            else
            {
                ((IDisposable)part).Dispose();
            }
        }
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        EventLoop loop = Own(new EventLoop());
        ProgramRunner programs = new(loop, _time, await AcquireLeaseAsync(cancellationToken));
        CgroupLayout cgroups = CgroupLayout.Detect();
        Database database = Own(Database.Open(_directories.Database, _loggers.CreateLogger<Database>(), _time));
        Crid.Images.ImageService images = Own(await Crid.Images.ImageService.OpenAsync(_directories, database, _options.ToImagesOptions(), _loggers, _time));
        KeeperClient keeper = await ConnectKeeperAsync(loop, cancellationToken);
        PodNetwork network = Own(new PodNetwork(_options.ToNetworkOptions(), programs, _loggers.CreateLogger<PodNetwork>(), _time));
        await network.StartAsync(cancellationToken);

        RuntimeServices services = new()
        {
            Directories = _directories,
            Keeper = keeper,
            Programs = programs,
            EventLoop = loop,
            Host = HostFactsReader.Read(cgroups),
            Time = _time,
            Logger = _loggers.CreateLogger("Crid.Runtimes"),
        };
        OciRuntimes runtimes = Own(await OpenRuntimesAsync(services, cancellationToken));
        PauseOptions pause = new() { Program = InstalledPrograms.GetOwn("crid-pause", _options.Keeper.PausePath) };
        PinnedNamespaces namespaces = new(_directories, pause.Program);
        namespaces.Prepare();
        PodsPorts ports = new()
        {
            Directories = _directories,
            Network = network,
            Runtimes = runtimes,
            InfraProcesses = new InfraProcesses(pause, runtimes.CgroupDriver, new CgroupTree(cgroups), services),
            Keeper = keeper,
            Images = images,
            Snapshots = images,
            ImageVolumes = images,
            Host = HostPorts.ForThisMachine(_directories, namespaces, loop),
        };
        PodService pods = _pods = Own(await PodService.OpenAsync(_options.Pods.ToPodsOptions(), ports, database, _time, _loggers, cancellationToken));
        Statistics statistics = Own(new Statistics(
            pods.Sandboxes, pods.Containers, new LinuxMeters(cgroups, _directories, namespaces), _directories, _time, _loggers));

        RuntimeInformation information = new(
            "crid", RuntimeInformation.ReadVersion(typeof(Composition).Assembly), ConfigurationJson.Write(_options));
        StreamingRequests streaming = new(_time);
        Own(await StreamingServer.StartAsync(_options.Streaming, streaming, loop, _time, _loggers, cancellationToken));
        DaemonLog.Streaming(_loggers.CreateLogger("Crid.Daemon"), streaming.BaseAddress);
        RuntimeService = new RuntimeServiceImpl(
            pods.Sandboxes,
            pods.Containers,
            pods.Events,
            statistics,
            network,
            runtimes,
            streaming,
            new KeeperReadiness(keeper),
            information,
            _time);
        ImageService = new ImageServiceImpl(images);
        Instruments = new NodeInstruments(pods, images, keeper);
        AdminService = new AdminService(images, images, _control, keeper, _loggers.CreateLogger("Crid.Daemon"));
    }

    private async Task<KeeperClient> ConnectKeeperAsync(EventLoop loop, CancellationToken cancellationToken)
    {
        KeeperClient keeper = Own(new KeeperClient(
            new KeeperClientOptions { SocketPath = _directories.KeeperSocket }, loop, _time, _loggers.CreateLogger<KeeperClient>()));
        if (_options.Keeper.Start == KeeperStart.Auto)
        {
            string program = InstalledPrograms.GetOwn("crid-keeper", _options.Keeper.Path);
            KeeperLauncher launcher = new(program, _directories, loop, _time) { LogPath = _directories.KeeperLog };
            KeeperSupervisor supervisor = Own(new KeeperSupervisor(keeper, launcher, _time, _loggers.CreateLogger("Crid.Daemon")));
            await supervisor.StartAsync(cancellationToken);
        }

        await keeper.ConnectAsync(cancellationToken);
        await ReloadKeeperAsync(keeper, cancellationToken);
        return keeper;
    }

    private async Task<ProgramLease> AcquireLeaseAsync(CancellationToken cancellationToken)
    {
        ProgramLease lease = Own(await ProgramLease.AcquireAsync(_directories.ProgramLock, ProgramPatience, _time, cancellationToken));
        if (lease.LeftRunning)
        {
            DaemonLog.ProgramsLeftRunning(_loggers.CreateLogger("Crid.Daemon"), ProgramPatience.TotalSeconds);
        }

        return lease;
    }

    /// <summary>An update of this program has mostly brought another keeper as well, which the one that runs is to become.</summary>
    private async Task ReloadKeeperAsync(KeeperClient keeper, CancellationToken cancellationToken)
    {
        try
        {
            if (await keeper.ReloadIfReplacedAsync(cancellationToken))
            {
                DaemonLog.KeeperReloaded(_loggers.CreateLogger("Crid.Daemon"));
            }
        }
        catch (CridException exception)
        {
            // The one that runs does its work, too.
            DaemonLog.KeeperNotReloaded(_loggers.CreateLogger("Crid.Daemon"), exception);
        }
    }

    private Task<OciRuntimes> OpenRuntimesAsync(RuntimeServices services, CancellationToken cancellationToken)
    {
        RuntimesOptions options = _options.ToRuntimesOptions(_loggers.CreateLogger("Crid.Daemon"));
        return OciRuntimes.OpenAsync(options, services, cancellationToken);
    }

    private T Own<T>(T part)
        where T : class
    {
        _owned.Push(part);
        return part;
    }
}
