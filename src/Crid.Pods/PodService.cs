using Crid.Core;
using Crid.State;
using Microsoft.Extensions.Logging;

namespace Crid.Pods;

/// <summary>Sandboxes and containers, put together: open it, serve from it, dispose it.</summary>
public sealed class PodService : IAsyncDisposable
{
    private readonly PodsContext _context;
    private readonly ContainerExits _exits;
    private readonly InfraWatch _infraWatch;
    private readonly PodEvents _events;
    private readonly CancellationTokenSource _closing = new();

    private PodService(PodsContext context, IBootRecord boot)
    {
        _context = context;
        _exits = new ContainerExits(context);
        _infraWatch = new InfraWatch(context);
        _events = new PodEvents(context.Sandboxes, context.Containers, context.Time);
        SandboxParts parts = new(context);
        KillContainer kill = new(context, _exits);
        ReleaseContainer release = new(context);
        RemoveContainer removeContainer = new(context, kill, release);
        StartContainer startContainer = new(context, _exits);
        UpdateContainerResources updateResources = new(context);
        StopSandbox stopSandbox = new(context, parts, kill);
        RemoveSandbox removeSandbox = new(context, parts, stopSandbox, removeContainer);
        Sandboxes = new Sandboxes(
            context.Sandboxes,
            new RunSandbox(context, parts, _infraWatch, removeSandbox),
            stopSandbox,
            removeSandbox,
            new UpdateSandboxResources(context),
            new ConnectToSandbox(context));
        Containers = new Containers(context)
        {
            Create = new CreateContainer(context, _exits, release, removeContainer),
            Start = startContainer,
            Stop = new StopContainer(context, _exits, kill),
            Remove = removeContainer,
            Exec = new ExecInContainer(context),
            Attach = new AttachToContainer(context),
            ReopenLog = new ReopenContainerLog(context),
            UpdateResources = updateResources,
        };

        RecoveryFindings findings = new(context.Logger);
        Recovery = new Recovery(
            context,
            boot,
            new RecoverContainers(context, _exits, startContainer, updateResources, removeContainer, findings),
            new RecoverSandboxes(context, parts, _infraWatch, removeSandbox, findings),
            new RemoveOrphans(context, release, findings),
            findings);
    }

    public ISandboxes Sandboxes { get; }

    public IContainers Containers { get; }

    public IPodEvents Events => _events;

    /// <summary>Completes when all is repaired that a crash or a reboot has left; it never fails.</summary>
    internal Task Repaired { get; private set; } = Task.CompletedTask;

    private Recovery Recovery { get; }

    /// <summary>
    /// Loads the rows, finds out what became of each, and returns the service ready to be called. What a crash or a reboot has left is repaired
    /// beside the first calls.
    /// </summary>
    /// <exception cref="CridException">Unavailable: the keeper can't be reached.</exception>
    public static Task<PodService> OpenAsync(
        PodsOptions options,
        PodsPorts ports,
        Database database,
        TimeProvider time,
        ILoggerFactory loggers,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ports);
        PodsContext context = new(
            options, ports, new SandboxTable(database), new ContainerTable(database), time, loggers.CreateLogger("Crid.Pods"));
        return OpenAsync(context, new BootRecord(database), cancellationToken);
    }

    /// <summary>Ends the streams of all who subscribed to events, and of those who still will.</summary>
    public void CloseEvents() => _events.Close();

    /// <summary>Ends the repair and the check of networks, waits for operations in flight, then lets go of all processes; containers run on.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await Repaired.WaitAsync(_context.Options.CloseTimeout, _context.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _context.Work.DrainAsync(_context.Options.CloseTimeout);
        _context.Ports.Keeper.Exited -= _exits.Report;
        _exits.Dispose();
        _infraWatch.Dispose();
        _events.Close();
        _closing.Dispose();
    }

    internal static async Task<PodService> OpenAsync(PodsContext context, IBootRecord boot, CancellationToken cancellationToken)
    {
        await context.Sandboxes.LoadAsync();
        await context.Containers.LoadAsync();
        PodService service = new(context, boot);
        try
        {
            // Listening begins before the look at what the keeper holds, so that no exit falls between the two.
            context.Ports.Keeper.Exited += service._exits.Report;
            await service.Recovery.AdoptAsync(cancellationToken);
            service.Repaired = service.RepairAsync();
            new CheckNetworks(context).Begin(service._closing.Token);
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    private Task RepairAsync() => Task.Run(async () =>
    {
        try
        {
            await Recovery.RepairAsync(_closing.Token);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The next start goes on with it.
        }
        catch (Exception exception)
        {
            PodsLog.BackgroundFailed(_context.Logger, exception);
        }
    });
}
