using System.Diagnostics;
using Crid.Api;

namespace Crid.Bench;

/// <summary>The life of a pod with a container, one at a time; a second container runs when the pod is stopped.</summary>
internal sealed class ContainerScenario(PidMode pid) : IScenario
{
    private readonly string _scenario = $"container, pid {pid.ToString().ToLowerInvariant()}";

    public async Task RunAsync(BenchOptions options, IReadOnlyList<Target> targets, Measurements measurements, CancellationToken cancellation)
    {
        for (int i = -1; i < options.Iterations; i++)
        {
            foreach (Target target in targets)
            {
                await RunOnceAsync(target, i < 0 ? new Measurements() : measurements, cancellation);
            }
        }
    }

    private async Task RunOnceAsync(Target target, Measurements measurements, CancellationToken cancellation)
    {
        PodSandboxConfig pod = target.NewPod(pid);
        long begin = Stopwatch.GetTimestamp();
        string sandbox = await target.RunSandboxAsync(pod, cancellation);
        string first = await CreateAndStartAsync(target, target.NewContainer(sandbox, pod, pid), measurements, cancellation);
        measurements.Add(_scenario, "RunPodSandbox + create + start", Units.Milliseconds, target.Name, Stopwatch.GetElapsedTime(begin).TotalMilliseconds);

        await measurements.TimeAsync(_scenario, "StopContainer, grace 0", target.Name, () => StopAsync(target, first, cancellation));
        await measurements.TimeAsync(_scenario, "RemoveContainer", target.Name, () => RemoveAsync(target, first, cancellation));

        await CreateAndStartAsync(target, target.NewContainer(sandbox, pod, pid, "second"), measurements, cancellation);
        await measurements.TimeAsync(_scenario, "StopPodSandbox, running", target.Name, () => target.StopSandboxAsync(sandbox, cancellation));
        await measurements.TimeAsync(_scenario, "RemovePodSandbox", target.Name, () => target.RemoveSandboxAsync(sandbox, cancellation));
    }

    private async Task<string> CreateAndStartAsync(Target target, CreateContainerRequest request, Measurements measurements, CancellationToken cancellation)
    {
        long begin = Stopwatch.GetTimestamp();
        string container = await measurements.TimeAsync(_scenario, "CreateContainer", target.Name, () => target.CreateAsync(request, cancellation));
        await measurements.TimeAsync(_scenario, "StartContainer", target.Name, () => target.StartAsync(container, cancellation));
        measurements.Add(_scenario, "create + start", Units.Milliseconds, target.Name, Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        return container;
    }

    private static async Task StopAsync(Target target, string container, CancellationToken cancellation) =>
        await target.Runtime.StopContainerAsync(new StopContainerRequest { ContainerId = container }, Target.Call(cancellation));

    private static async Task RemoveAsync(Target target, string container, CancellationToken cancellation) =>
        await target.Runtime.RemoveContainerAsync(new RemoveContainerRequest { ContainerId = container }, Target.Call(cancellation));
}
