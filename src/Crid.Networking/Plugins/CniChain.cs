using System.Text.Json.Nodes;
using Crid.Core;

namespace Crid.Networking;

/// <summary>Runs the plugins of a network one after the other.</summary>
internal sealed class CniChain(CniPluginRunner runner, TimeProvider time)
{
    // 'Unknown container': the runtime has nothing to clean up.
    private const int UnknownContainer = 3;

    /// <summary>ADD from first to last; each plugin gets the result of the one before. A failure leaves the rest to DEL.</summary>
    /// <returns>The result of the last plugin.</returns>
    public async Task<JsonObject> AddAsync(CniNetwork network, CniCall call, TimeSpan timeout, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        JsonObject? result = null;
        foreach (CniPlugin plugin in network.Plugins)
        {
            result = await runner.RunAsync(call, network, plugin, result, TimeLeft(start, timeout), cancellationToken);
            if (result.FindString("cniVersion") is null or "")
            {
                result["cniVersion"] = network.CniVersion;
            }
        }

        return result!;
    }

    /// <summary>DEL from last to first, each plugin with the final result; stops at the first failure, so that it can be repeated as a whole.</summary>
    public async Task DeleteAsync(CniNetwork network, CniCall call, JsonObject? result, TimeSpan timeout, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        JsonObject? previous = network.IsAtLeast(CniVersion.WithCheck) ? result : null;
        foreach (CniPlugin plugin in network.Plugins.Reverse())
        {
            try
            {
                await runner.RunAsync(call, network, plugin, previous, TimeLeft(start, timeout), cancellationToken);
            }
            catch (CniPluginException exception) when (exception.Code == UnknownContainer)
            {
                // What the plugin does not know it has nothing left of.
                continue;
            }
        }
    }

    /// <summary>CHECK from first to last, each plugin with the final result; the first failure is thrown.</summary>
    public async Task CheckAsync(CniNetwork network, CniCall call, JsonObject result, TimeSpan timeout, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        foreach (CniPlugin plugin in network.Plugins)
        {
            await runner.RunAsync(call, network, plugin, result, TimeLeft(start, timeout), cancellationToken);
        }
    }

    /// <summary>GC of every plugin, those after a failing one too.</summary>
    /// <exception cref="CridException">What the failing ones said.</exception>
    public async Task CollectGarbageAsync(CniNetwork network, CniCall call, TimeSpan timeout, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        List<string> problems = [];
        foreach (CniPlugin plugin in network.Plugins)
        {
            try
            {
                await runner.RunAsync(call, network, plugin, previousResult: null, TimeLeft(start, timeout), cancellationToken);
            }
            catch (CridException exception)
            {
                problems.Add(exception.Message);
            }
        }

        if (problems.Count > 0)
        {
            throw new CridException(ErrorKind.Internal, string.Join("; ", problems));
        }
    }

    /// <summary>STATUS of every plugin; the first failure is thrown.</summary>
    public async Task CheckStatusAsync(CniNetwork network, CniCall call, TimeSpan timeout, CancellationToken cancellationToken)
    {
        foreach (CniPlugin plugin in network.Plugins)
        {
            await runner.RunAsync(call, network, plugin, previousResult: null, timeout, cancellationToken);
        }
    }

    private TimeSpan TimeLeft(long start, TimeSpan timeout)
    {
        TimeSpan left = timeout - time.GetElapsedTime(start);
        return left > TimeSpan.Zero
            ? left
            : throw new CridException(ErrorKind.DeadlineExceeded, $"the CNI plugins took longer than {timeout.TotalSeconds:0.###} s");
    }
}
