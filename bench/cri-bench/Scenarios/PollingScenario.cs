using System.Diagnostics;
using System.Globalization;
using Crid.Api;
using Grpc.Core;

namespace Crid.Bench;

/// <summary>
/// Processor time that the daemon spends on a node where nothing happens but kubelet's own questions, at the rates of its defaults: the
/// generic PLEG's lists each second, status every five, statistics and image file systems every ten, the version each minute.
/// </summary>
internal sealed class PollingScenario : IScenario
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(60);

    public async Task RunAsync(BenchOptions options, IReadOnlyList<Target> targets, Measurements measurements, CancellationToken cancellation)
    {
        string scenario = string.Create(CultureInfo.InvariantCulture, $"kubelet's polling, {options.PollingPods} pods");
        foreach (Target target in targets)
        {
            for (int i = 0; i < options.PollingPods; i++)
            {
                await ParallelScenario.StartPodAsync(target, PidMode.Container, cancellation);
            }

            await Task.Delay(Settle, cancellation);
            double unasked = await LoadOfAsync(target, () => Task.Delay(Duration / 4, cancellation));
            double asked = await LoadOfAsync(target, () => PollAsync(target, cancellation));
            measurements.Add(scenario, "processor of the daemon, nobody asks", Units.Percent, target.Name, unasked);
            measurements.Add(scenario, "processor of the daemon", Units.Percent, target.Name, asked);
            await target.CleanUpAsync();
        }
    }

    /// <summary>Percent of one processor that the daemon uses meanwhile.</summary>
    private static async Task<double> LoadOfAsync(Target target, Func<Task> meanwhile)
    {
        double before = ProcessTime.ReadMilliseconds(target.DaemonPid);
        long start = Stopwatch.GetTimestamp();
        await meanwhile();
        return (ProcessTime.ReadMilliseconds(target.DaemonPid) - before) / Stopwatch.GetElapsedTime(start).TotalMilliseconds * 100;
    }

    private static async Task PollAsync(Target target, CancellationToken cancellation)
    {
        RuntimeService.RuntimeServiceClient runtime = target.Runtime;
        int seconds = (int)Duration.TotalSeconds;
        using PeriodicTimer timer = new(TimeSpan.FromSeconds(1));
        for (int second = 0; second < seconds && await timer.WaitForNextTickAsync(cancellation); second++)
        {
            CallOptions call = Target.Call(cancellation);
            await runtime.ListPodSandboxAsync(new ListPodSandboxRequest(), call);
            await runtime.ListContainersAsync(new ListContainersRequest(), call);
            if (second % 5 == 0)
            {
                await runtime.StatusAsync(new StatusRequest(), call);
            }

            if (second % 10 == 0)
            {
                await runtime.ListContainerStatsAsync(new ListContainerStatsRequest(), call);
                await target.Images.ImageFsInfoAsync(new ImageFsInfoRequest(), call);
                await target.Images.ListImagesAsync(new ListImagesRequest(), call);
            }

            if (second % 60 == 0)
            {
                await runtime.VersionAsync(new VersionRequest(), call);
            }
        }
    }
}
