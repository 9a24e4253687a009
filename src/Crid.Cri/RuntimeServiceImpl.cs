using Crid.Networking;
using Crid.Pods;
using Crid.Runtimes;
using Crid.Streaming;

namespace Crid.Cri;

/// <summary>The CRI's RuntimeService: each method translates, calls, translates. Methods that are not here answer Unimplemented.</summary>
public sealed partial class RuntimeServiceImpl : Api.RuntimeService.RuntimeServiceBase
{
    private readonly ISandboxes _sandboxes;
    private readonly IContainers _containers;
    private readonly IPodEvents _events;
    private readonly IStatistics _statistics;
    private readonly IPodNetwork _network;
    private readonly IOciRuntimes _runtimes;
    private readonly StreamingRequests _streaming;
    private readonly IRuntimeReadiness _readiness;
    private readonly RuntimeInformation _information;
    private readonly TimeProvider _time;

    public RuntimeServiceImpl(
        ISandboxes sandboxes,
        IContainers containers,
        IPodEvents events,
        IStatistics statistics,
        IPodNetwork network,
        IOciRuntimes runtimes,
        StreamingRequests streaming,
        IRuntimeReadiness readiness,
        RuntimeInformation information,
        TimeProvider time)
    {
        _sandboxes = sandboxes;
        _containers = containers;
        _events = events;
        _statistics = statistics;
        _network = network;
        _runtimes = runtimes;
        _streaming = streaming;
        _readiness = readiness;
        _information = information;
        _time = time;
    }
}
