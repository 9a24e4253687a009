using Crid.Core;
using Crid.Linux;
using Microsoft.Extensions.Logging;

namespace Crid.Pods;

/// <summary>Reads the counters of what runs whenever it is asked; between calls nothing happens.</summary>
public sealed class Statistics : IStatistics, IAsyncDisposable
{
    /// <summary>What a call may spend on the first measurements of writable layers.</summary>
    private static readonly TimeSpan WalkLimit = TimeSpan.FromMilliseconds(5);

    private static readonly ContainerFilter Running = new(Id: null, SandboxId: null, ContainerState.Running, Labels: null);
    private static readonly SandboxFilter Ready = new(Id: null, SandboxState.Ready, Labels: null);

    private readonly ISandboxes _sandboxes;
    private readonly IContainers _containers;
    private readonly IMeters _meters;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Samplers<ContainerId> _containerSamplers;
    private readonly Samplers<SandboxId> _podSamplers;
    private readonly WritableLayers _layers;

    /// <param name="meters">Disposed together with this.</param>
    public Statistics(
        ISandboxes sandboxes, IContainers containers, IMeters meters, CridDirectories directories, TimeProvider time, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(directories);
        _sandboxes = sandboxes;
        _containers = containers;
        _meters = meters;
        _time = time;
        _logger = loggers.CreateLogger("Crid.Pods");
        _containerSamplers = new Samplers<ContainerId>(meters.OpenContainer, time);
        _podSamplers = new Samplers<SandboxId>(meters.OpenPod, time);
        _layers = new WritableLayers(meters, directories.Snapshots, time, _logger);
    }

    public ContainerStatistics GetContainer(string id)
    {
        Container container = _containers.Get(id);
        container.Status.Require(ContainerState.Running, "statistics");
        return Measure(container, NewBudget()) ?? throw CridException.FailedPrecondition($"container '{container.Id.Short}' has just ended");
    }

    public IReadOnlyList<ContainerStatistics> ListContainers(ContainerFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ForgetContainers();
        return Measure(_containers.List(filter with { State = ContainerState.Running }), NewBudget());
    }

    public SandboxStatistics GetSandbox(string id)
    {
        Sandbox sandbox = _sandboxes.Get(id);
        if (!sandbox.IsReady)
        {
            throw CridException.FailedPrecondition($"statistics: sandbox '{sandbox.Id.Short}' is not ready");
        }

        return Measure(sandbox, _containers.List(Running with { SandboxId = sandbox.Id.Value }), NewBudget());
    }

    public IReadOnlyList<SandboxStatistics> ListSandboxes(SandboxFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        IReadOnlyList<Container> running = ForgetContainers();
        _podSamplers.Retain(_sandboxes.List(Ready).Select(static sandbox => sandbox.Id).ToHashSet());
        ILookup<SandboxId, Container> bySandbox = running.ToLookup(static container => container.SandboxId);
        WalkBudget budget = NewBudget();
        return [.. _sandboxes.List(filter with { State = SandboxState.Ready }).Select(sandbox => Measure(sandbox, bySandbox[sandbox.Id], budget))];
    }

    public IReadOnlyList<SandboxMetrics> ListMetrics()
    {
        StorageStatus storage = _meters.ReadStorage();
        return [.. ListSandboxes(Ready).Select(statistics => Inspect(statistics, storage))];
    }

    public async ValueTask DisposeAsync()
    {
        await _layers.DisposeAsync();
        _containerSamplers.Dispose();
        _podSamplers.Dispose();
        _meters.Dispose();
    }

    // Files of cgroups and of /proc vanish with what they describe; .NET's own calls on them do not throw LinuxException.
    private static bool IsUnreadable(Exception exception) => exception is LinuxException or IOException or UnauthorizedAccessException;

    private WalkBudget NewBudget() => new(_time, WalkLimit);

    // Exits are not told here: what is kept for a container that has ended goes at the next list.
    private IReadOnlyList<Container> ForgetContainers()
    {
        IReadOnlyList<Container> running = _containers.List(Running);
        HashSet<ContainerId> ids = running.Select(static container => container.Id).ToHashSet();
        _containerSamplers.Retain(ids);
        _layers.Retain(ids);
        return running;
    }

    private List<ContainerStatistics> Measure(IEnumerable<Container> containers, WalkBudget budget)
    {
        List<ContainerStatistics> all = [];
        foreach (Container container in containers)
        {
            try
            {
                if (Measure(container, budget) is ContainerStatistics statistics)
                {
                    all.Add(statistics);
                }
            }
            catch (Exception exception) when (IsUnreadable(exception))
            {
                // One container that can't be read does not keep the others from their consumers.
                PodsLog.StatisticsNotRead(_logger, exception, container.Id.Value);
            }
        }

        return all;
    }

    private ContainerStatistics? Measure(Container container, WalkBudget budget) =>
        _containerSamplers.Read(container.Id, container.Status.CgroupPath) is CgroupSample sample
            ? new ContainerStatistics(container, sample, _layers.Find(container.Id, budget))
            : null;

    private SandboxStatistics Measure(Sandbox sandbox, IEnumerable<Container> running, WalkBudget budget)
    {
        List<ContainerStatistics> containers = Measure(running, budget);
        CgroupSample? pod = null;
        IReadOnlyList<InterfaceCounters> interfaces = [];
        try
        {
            // Without a parent of its own the pod's containers lie in one cgroup with those of others.
            string parent = sandbox.Spec.CgroupParent;
            pod = parent.Length > 0 ? _podSamplers.Read(sandbox.Id, parent) : null;
            interfaces = sandbox.HasPodNetwork ? _meters.ReadInterfaces(sandbox.Id) : [];
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            PodsLog.StatisticsNotRead(_logger, exception, sandbox.Id.Value);
        }

        CgroupSample sum = CgroupSample.Sum(_time.GetUtcNow(), [.. containers.Select(static container => container.Sample)]);
        return new SandboxStatistics(sandbox, pod ?? sum, interfaces, containers)
        {
            Processes = (pod ?? sum).Reading.Tasks ?? sum.Reading.Tasks.GetValueOrDefault(),
        };
    }

    private SandboxMetrics Inspect(SandboxStatistics statistics, StorageStatus storage)
    {
        List<ContainerMetrics> containers = [];
        foreach (ContainerStatistics measured in statistics.Containers)
        {
            try
            {
                ContainerStatus status = measured.Container.Status;
                containers.Add(new ContainerMetrics(measured, _meters.ReadDetails(status.CgroupPath, status.Pid)));
            }
            catch (Exception exception) when (IsUnreadable(exception))
            {
                PodsLog.StatisticsNotRead(_logger, exception, measured.Container.Id.Value);
            }
        }

        string parent = statistics.Sandbox.Spec.CgroupParent;
        return new SandboxMetrics(statistics, parent.Length > 0 ? _meters.PodDirectory(parent) : "", storage, containers);
    }
}
