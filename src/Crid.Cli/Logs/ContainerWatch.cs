using Crid.Api;
using Grpc.Core;

namespace Crid.Cli;

/// <summary>Asks for the state of a container, not more often than every so often, and remembers the end.</summary>
internal sealed class ContainerWatch(DaemonConnection daemon, TimeProvider clock, string containerId)
{
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestInterval = TimeSpan.FromMilliseconds(250);
    private TimeSpan _interval = ShortestInterval;
    private long _lastAsked;

    /// <summary>The status at the end, null before.</summary>
    public ContainerStatus? Final { get; private set; }

    /// <summary>A container that was removed has ended, too.</summary>
    public async Task<bool> HasEndedAsync(CancellationToken cancellation)
    {
        if (Final is not null)
        {
            return true;
        }

        if (_lastAsked != 0 && clock.GetElapsedTime(_lastAsked) < _interval)
        {
            return false;
        }

        ContainerStatus? status = await FindStatusAsync(cancellation);
        _lastAsked = clock.GetTimestamp();
        _interval = _interval * 1.5 < LongestInterval ? _interval * 1.5 : LongestInterval;
        if (status is null or { State: ContainerState.ContainerExited or ContainerState.ContainerUnknown })
        {
            Final = status ?? new ContainerStatus { Id = containerId, State = ContainerState.ContainerUnknown, ExitCode = 255, Reason = "Removed" };
        }

        return Final is not null;
    }

    public async Task<ContainerStatus> WaitAsync(CancellationToken cancellation)
    {
        while (!await HasEndedAsync(cancellation))
        {
            await Task.Delay(ShortestInterval, clock, cancellation);
        }

        return Final!;
    }

    private async Task<ContainerStatus?> FindStatusAsync(CancellationToken cancellation)
    {
        try
        {
            ContainerStatusResponse response = await daemon.Runtime.ContainerStatusAsync(
                new ContainerStatusRequest { ContainerId = containerId }, daemon.Within(cancellation));
            return response.Status;
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
    }
}
