using Crid.Api;
using Grpc.Core;

namespace Crid.Bench;

/// <summary>What kubelet asks all the time, with many running containers.</summary>
internal sealed class ListScenario : IScenario
{
    private const string Scenario = "lists";
    private const int ContainersInPod = 10;

    public async Task RunAsync(BenchOptions options, IReadOnlyList<Target> targets, Measurements measurements, CancellationToken cancellation)
    {
        Dictionary<Target, string> samples = [];
        foreach (Target target in targets)
        {
            samples[target] = await FillAsync(target, options.ListContainers, cancellation);
        }

        for (int i = -1; i < options.Iterations; i++)
        {
            foreach (Target target in targets)
            {
                await MeasureAsync(target, samples[target], i < 0 ? new Measurements() : measurements, cancellation);
            }
        }

        await Task.WhenAll(targets.Select(target => target.CleanUpAsync()));
    }

    /// <summary>Runs containers, ten in a pod; returns the id of one of them.</summary>
    public static async Task<string> FillAsync(Target target, int count, CancellationToken cancellation)
    {
        string container = "";
        for (int made = 0; made < count;)
        {
            PodSandboxConfig pod = target.NewPod(PidMode.Container);
            string sandbox = await target.RunSandboxAsync(pod, cancellation);
            for (int i = 0; i < ContainersInPod && made < count; i++, made++)
            {
                container = await target.CreateAsync(target.NewContainer(sandbox, pod, PidMode.Container, $"c{i}"), cancellation);
                await target.StartAsync(container, cancellation);
            }
        }

        return container;
    }

    private static async Task MeasureAsync(Target target, string container, Measurements measurements, CancellationToken cancellation)
    {
        RuntimeService.RuntimeServiceClient runtime = target.Runtime;
        CallOptions call = Target.Call(cancellation);
        await measurements.TimeAsync(Scenario, "ListContainers", target.Name, () => runtime.ListContainersAsync(new ListContainersRequest(), call).ResponseAsync);
        await measurements.TimeAsync(Scenario, "ListPodSandbox", target.Name, () => runtime.ListPodSandboxAsync(new ListPodSandboxRequest(), call).ResponseAsync);
        await measurements.TimeAsync(
            Scenario, "ContainerStatus", target.Name, () => runtime.ContainerStatusAsync(new ContainerStatusRequest { ContainerId = container }, call).ResponseAsync);
        try
        {
            await measurements.TimeAsync(
                Scenario, "ListContainerStats", target.Name, () => runtime.ListContainerStatsAsync(new ListContainerStatsRequest(), call).ResponseAsync);
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.Unimplemented)
        {
            // The report shows a dash.
        }
    }
}
