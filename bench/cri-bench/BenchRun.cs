namespace Crid.Bench;

/// <summary>Runs the scenarios one after another and leaves nothing behind on the targets, however it ends.</summary>
internal sealed class BenchRun(BenchOptions options, Measurements measurements)
{
    public async Task ExecuteAsync(CancellationToken cancellation)
    {
        List<Target> targets = [];
        try
        {
            foreach (TargetAddress address in options.Targets)
            {
                Target target = new(address, options);
                targets.Add(target);
                await Console.Error.WriteLineAsync($"{target.Name}: {await target.PrepareAsync(cancellation)}, pid {target.DaemonPid}");
            }

            foreach (IScenario scenario in Scenarios())
            {
                await Console.Error.WriteLineAsync($"running {scenario.GetType().Name}");
                await scenario.RunAsync(options, targets, measurements, cancellation);
            }
        }
        finally
        {
            foreach (Target target in targets)
            {
                await target.DisposeAsync();
            }
        }
    }

    private IEnumerable<IScenario> Scenarios()
    {
        foreach (string name in options.Scenarios)
        {
            switch (name)
            {
                case "exec":
                    yield return new ExecScenario();
                    break;
                case "list":
                    yield return new ListScenario();
                    break;
                case "polling":
                    yield return new PollingScenario();
                    break;
                case "restart":
                    yield return new RestartScenario();
                    break;
                case "probes":
                    yield return new ProbeScenario();
                    break;
                case "pull":
                    yield return new PullScenario();
                    break;
                default:
                    foreach (IScenario scenario in options.PidModes.SelectMany(pid => OfPidMode(name, pid)))
                    {
                        yield return scenario;
                    }

                    break;
            }
        }
    }

    private IEnumerable<IScenario> OfPidMode(string name, PidMode pid) => name switch
    {
        "pods" => [new SandboxScenario(pid)],
        "containers" => [new ContainerScenario(pid)],
        "parallel" => options.Parallel.Select(width => new ParallelScenario(pid, width)),
        _ => [new MemoryScenario(pid)],
    };
}
