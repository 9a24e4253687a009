using System.Diagnostics;
using Crid.Api;
using Grpc.Core;

namespace Crid.Bench;

/// <summary>
/// How long a server that was killed takes, from its start, until it lists every container as running. Servers are started anew by their own
/// command line, so this is for servers without a service manager.
/// </summary>
internal sealed class RestartScenario : IScenario
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    public async Task RunAsync(BenchOptions options, IReadOnlyList<Target> targets, Measurements measurements, CancellationToken cancellation)
    {
        string scenario = $"restart, {options.ListContainers} containers";
        foreach (Target target in targets)
        {
            await ListScenario.FillAsync(target, options.ListContainers, cancellation);
            for (int i = -1; i < options.Iterations; i++)
            {
                await target.RestartAsync(cancellation);
                long start = Stopwatch.GetTimestamp();
                await WaitForAllAsync(target, options.ListContainers, start, cancellation);
                double elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                if (i >= 0)
                {
                    measurements.Add(scenario, "start to all containers listed as running", Units.Milliseconds, target.Name, elapsed);
                }
            }

            await target.CleanUpAsync();
        }
    }

    private static async Task WaitForAllAsync(Target target, int count, long start, CancellationToken cancellation)
    {
        while (await CountRunningAsync(target, cancellation) < count)
        {
            if (Stopwatch.GetElapsedTime(start) > Limit)
            {
                throw new RpcException(new Status(StatusCode.DeadlineExceeded, $"{target.Name} does not list {count} running containers after {Limit}"));
            }

            await Task.Delay(2, cancellation);
        }
    }

    private static async Task<int> CountRunningAsync(Target target, CancellationToken cancellation)
    {
        try
        {
            ListContainersResponse response = await target.Runtime.ListContainersAsync(new ListContainersRequest(), Target.Call(cancellation));
            return response.Containers.Count(container => container.State == ContainerState.ContainerRunning);
        }
        catch (RpcException error) when (error.StatusCode is StatusCode.Unavailable or StatusCode.Internal)
        {
            return 0;
        }
    }
}
