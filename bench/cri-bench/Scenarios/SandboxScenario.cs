namespace Crid.Bench;

/// <summary>Pods without containers, one at a time: run, stop, remove.</summary>
internal sealed class SandboxScenario(PidMode pid) : IScenario
{
    public async Task RunAsync(BenchOptions options, IReadOnlyList<Target> targets, Measurements measurements, CancellationToken cancellation)
    {
        string scenario = $"sandbox, pid {pid.ToString().ToLowerInvariant()}";

        // The first round warms up and does not count.
        for (int i = -1; i < options.Iterations; i++)
        {
            foreach (Target target in targets)
            {
                await RunOnceAsync(scenario, target, i < 0 ? new Measurements() : measurements, cancellation);
            }
        }
    }

    private async Task RunOnceAsync(string scenario, Target target, Measurements measurements, CancellationToken cancellation)
    {
        Crid.Api.PodSandboxConfig pod = target.NewPod(pid);
        string sandbox = await measurements.TimeAsync(scenario, "RunPodSandbox", target.Name, () => target.RunSandboxAsync(pod, cancellation));
        await measurements.TimeAsync(scenario, "StopPodSandbox, empty", target.Name, () => target.StopSandboxAsync(sandbox, cancellation));
        await measurements.TimeAsync(scenario, "RemovePodSandbox", target.Name, () => target.RemoveSandboxAsync(sandbox, cancellation));
    }
}
