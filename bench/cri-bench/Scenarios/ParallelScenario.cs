using System.Diagnostics;
using Crid.Api;

namespace Crid.Bench;

/// <summary>
/// Whole pods, so many at a time: how long one takes, how many come up and go down per second, and how much processor time a pod's life costs,
/// all that works for it included.
/// </summary>
internal sealed class ParallelScenario(PidMode pid, int width) : IScenario
{
    // As many rounds as give about the same number of pods as the serial scenarios.
    private const int FewestRounds = 3;

    public async Task RunAsync(BenchOptions options, IReadOnlyList<Target> targets, Measurements measurements, CancellationToken cancellation)
    {
        int rounds = Math.Max(FewestRounds, options.Iterations / width);
        for (int i = -1; i < rounds; i++)
        {
            foreach (Target target in targets)
            {
                await RunRoundAsync(target, i < 0 ? new Measurements() : measurements, cancellation);
            }
        }
    }

    private async Task RunRoundAsync(Target target, Measurements measurements, CancellationToken cancellation)
    {
        string scenario = $"pods, {width} at a time, pid {pid.ToString().ToLowerInvariant()}";
        double? cpuBefore = target.Cpu?.ReadMilliseconds();
        long begin = Stopwatch.GetTimestamp();
        string[] sandboxes = await Task.WhenAll(Enumerable.Range(0, width).Select(_ =>
            measurements.TimeAsync(scenario, "RunPodSandbox + create + start", target.Name, () => StartPodAsync(target, pid, cancellation))));
        measurements.Add(scenario, "pods up", Units.PerSecond, target.Name, width / Stopwatch.GetElapsedTime(begin).TotalSeconds);

        begin = Stopwatch.GetTimestamp();
        await Task.WhenAll(sandboxes.Select(sandbox =>
            measurements.TimeAsync(scenario, "stop + remove", target.Name, async () =>
            {
                await target.StopSandboxAsync(sandbox, cancellation);
                await target.RemoveSandboxAsync(sandbox, cancellation);
            })));
        measurements.Add(scenario, "pods down", Units.PerSecond, target.Name, width / Stopwatch.GetElapsedTime(begin).TotalSeconds);
        if (target.Cpu?.ReadMilliseconds() - cpuBefore is double cpu)
        {
            measurements.Add(scenario, "processor time of a pod's life", Units.Milliseconds, target.Name, cpu / width);
        }
    }

    internal static async Task<string> StartPodAsync(Target target, PidMode pid, CancellationToken cancellation)
    {
        PodSandboxConfig pod = target.NewPod(pid);
        string sandbox = await target.RunSandboxAsync(pod, cancellation);
        string container = await target.CreateAsync(target.NewContainer(sandbox, pod, pid), cancellation);
        await target.StartAsync(container, cancellation);
        return sandbox;
    }
}
