using Crid.Core;
using Crid.Runtimes;
using Microsoft.Extensions.Logging;

namespace Crid.Pods;

/// <summary>What every operation shares: ports, stores, locks and time.</summary>
internal sealed class PodsContext
{
    public PodsContext(
        PodsOptions options,
        PodsPorts ports,
        IRecordTable<SandboxId, Sandbox> sandboxes,
        IRecordTable<ContainerId, Container> containers,
        TimeProvider time,
        ILogger logger)
    {
        Options = options;
        Ports = ports;
        Sandboxes = new SandboxStore(sandboxes);
        Containers = new ContainerStore(containers);
        Time = time;
        Logger = logger;
        Work = new DetachedWork(time, logger);
        CreationsInFlight = new Attempts<ContainerIdentity, ContainerId>(Work, options.OperationTimeout);
    }

    public PodsOptions Options { get; }

    public PodsPorts Ports { get; }

    public SandboxStore Sandboxes { get; }

    public ContainerStore Containers { get; }

    public TimeProvider Time { get; }

    public ILogger Logger { get; }

    public DetachedWork Work { get; }

    /// <summary>One operation at a time changes a sandbox. Taken before a container's lock, never after.</summary>
    public KeyedLock<SandboxId> SandboxLocks { get; } = new();

    public KeyedLock<ContainerId> ContainerLocks { get; } = new();

    public Attempts<ContainerIdentity, ContainerId> CreationsInFlight { get; }

    /// <summary>The OCI runtime that a container was made with.</summary>
    public IOciRuntime RuntimeOf(Container container) => Ports.Runtimes.Get(HandlerOf(container.SandboxId));

    /// <summary>The runtime handler of a sandbox; the default one where its record is gone.</summary>
    public string HandlerOf(SandboxId id) => Sandboxes.Find(id)?.RuntimeHandler ?? "";

    public Task RunAsync(string name, Func<CancellationToken, Task> work, CancellationToken caller) =>
        Work.RunAsync(name, Options.OperationTimeout, work, caller);
}
