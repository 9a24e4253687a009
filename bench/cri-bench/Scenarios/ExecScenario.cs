using Crid.Api;

namespace Crid.Bench;

/// <summary>ExecSync of a command that does nothing, as probes are.</summary>
internal sealed class ExecScenario : IScenario
{
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

        for (int i = -1; i < options.Iterations; i++)
        {
            foreach (Target target in targets)
            {
                Measurements into = i < 0 ? new Measurements() : measurements;
                await into.TimeAsync("exec", "ExecSync /bin/true", target.Name, () => ExecAsync(target, containers[target], cancellation));
            }
        }

        foreach ((Target target, string sandbox) in sandboxes)
        {
            await target.StopSandboxAsync(sandbox, cancellation);
            await target.RemoveSandboxAsync(sandbox, cancellation);
        }
    }

    private static async Task ExecAsync(Target target, string container, CancellationToken cancellation)
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
