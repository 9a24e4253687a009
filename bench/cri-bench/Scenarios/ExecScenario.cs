using Crid.Api;

namespace Crid.Bench;

/// <summary>ExecSync of a command that does nothing, as probes are: how long one takes, and what it costs with all that works for it.</summary>
internal sealed class ExecScenario : IScenario
{
    private const string Scenario = "exec";

    public async Task RunAsync(BenchOptions options, IReadOnlyList<Target> targets, Measurements measurements, CancellationToken cancellation)
    {
        Dictionary<Target, string> containers = [];
        List<(Target Target, string Sandbox)> sandboxes = [];
        foreach (Target target in targets)
        {
            PodSandboxConfig pod = target.NewPod(PidMode.Container);
            string sandbox = await target.RunSandboxAsync(pod, cancellation);
            sandboxes.Add((target, sandbox));
            containers[target] = await target.CreateAsync(target.NewContainer(sandbox, pod, PidMode.Container), cancellation);
            await target.StartAsync(containers[target], cancellation);
        }

        foreach (Target target in targets)
        {
            await ExecAsync(target, containers[target], cancellation);
        }

        Dictionary<Target, double?> processor = targets.ToDictionary(target => target, target => target.Cpu?.ReadMilliseconds());
        for (int i = 0; i < options.Iterations; i++)
        {
            foreach (Target target in targets)
            {
                await measurements.TimeAsync(Scenario, "ExecSync /bin/true", target.Name, () => ExecAsync(target, containers[target], cancellation));
            }
        }

        foreach (Target target in targets)
        {
            if (target.Cpu?.ReadMilliseconds() - processor[target] is double spent)
            {
                measurements.Add(Scenario, "processor time of an ExecSync", Units.Milliseconds, target.Name, spent / options.Iterations);
            }
        }

        foreach ((Target target, string sandbox) in sandboxes)
        {
            await target.StopSandboxAsync(sandbox, cancellation);
            await target.RemoveSandboxAsync(sandbox, cancellation);
        }
    }

    internal static async Task ExecAsync(Target target, string container, CancellationToken cancellation)
    {
        ExecSyncRequest request = new() { ContainerId = container, Timeout = 10 };
        request.Cmd.Add("/bin/true");
        ExecSyncResponse response = await target.Runtime.ExecSyncAsync(request, Target.Call(cancellation));
        if (response.ExitCode != 0)
        {
            throw new InvalidOperationException($"{target.Name}: /bin/true ended with {response.ExitCode}");
        }
    }
}
