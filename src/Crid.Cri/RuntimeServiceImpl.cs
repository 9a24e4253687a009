using Crid.Networking;
using Crid.Pods;
using Crid.Runtimes;

namespace Crid.Cri;

/// <summary>The CRI's RuntimeService: each method translates, calls, translates. Methods that are not here answer Unimplemented.</summary>
public sealed partial class RuntimeServiceImpl : Api.RuntimeService.RuntimeServiceBase
{
    private readonly ISandboxes _sandboxes;
    private readonly IContainers _containers;
    private readonly IStatistics _statistics;
    private readonly IPodNetwork _network;
    private readonly IOciRuntimes _runtimes;
    private readonly IRuntimeReadiness _readiness;
    private readonly RuntimeInformation _information;

    public RuntimeServiceImpl(
        ISandboxes sandboxes,
        IContainers containers,
        IStatistics statistics,
        IPodNetwork network,
        IOciRuntimes runtimes,
        IRuntimeReadiness readiness,
        RuntimeInformation information)
    {
        _sandboxes = sandboxes;
        _containers = containers;
        _statistics = statistics;
        _network = network;
        _runtimes = runtimes;
        _readiness = readiness;
        _information = information;
    }
}
