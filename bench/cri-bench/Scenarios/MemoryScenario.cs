using System.Globalization;

namespace Crid.Bench;

/// <summary>
/// Memory of the daemon, and of every process that came with the pods besides the containers' own: shims, monitors, pauses. One target
/// at a time, because the processes of two could not be told apart.
/// </summary>
internal sealed class MemoryScenario(PidMode pid) : IScenario
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(3);

    public async Task RunAsync(BenchOptions options, IReadOnlyList<Target> targets, Measurements measurements, CancellationToken cancellation)
    {
        string scenario = string.Create(CultureInfo.InvariantCulture, $"memory, {options.MemoryPods} pods, pid {pid.ToString().ToLowerInvariant()}");
        foreach (Target target in targets)
        {
            await Task.Delay(Settle, cancellation);
            HashSet<int> before = ProcessMemory.AllPids();
            Add(measurements, scenario, "daemon before", target.Name, [target.DaemonPid]);
            for (int i = 0; i < options.MemoryPods; i++)
            {
                await ParallelScenario.StartPodAsync(target, pid, cancellation);
            }

            await Task.Delay(Settle, cancellation);
            Add(measurements, scenario, "daemon", target.Name, [target.DaemonPid]);
            Report(measurements, scenario, target, before);
            await target.CleanUpAsync();
        }
    }

    private static void Report(Measurements measurements, string scenario, Target target, HashSet<int> before)
    {
        HashSet<int> payload = [.. ProcessMemory.AllPids().Where(IsPayload)];
        List<int> companions = Companions(target, payload, before);
        List<(int Pid, string Name)> named = [.. companions.Where(process => ProcessMemory.Find(process) is not null).Select(process => (process, ProcessMemory.Name(process) ?? "?"))];
        measurements.Add(scenario, "other processes", Units.Count, target.Name, named.Count);
        Add(measurements, scenario, "other processes", target.Name, named.Select(process => process.Pid));
        Add(measurements, scenario, "daemon and others", target.Name, named.Select(process => process.Pid).Append(target.DaemonPid));
        foreach (IGrouping<string, (int Pid, string Name)> group in named.GroupBy(process => process.Name))
        {
            Console.Error.WriteLine($"{target.Name}: {group.Count()} x {group.Key}");
        }
    }

    /// <summary>
    /// The parents of the containers' processes (a shim or monitor for each, or one that was there before), their like that came with the
    /// pods, and what they or the daemon started. Whatever else starts on the machine meanwhile does not count.
    /// </summary>
    private static List<int> Companions(Target target, HashSet<int> payload, HashSet<int> before)
    {
        HashSet<int> all = ProcessMemory.AllPids();
        HashSet<int> found = [.. payload.Select(ProcessMemory.Parent).OfType<int>().Where(parent => parent > 1)];
        HashSet<string?> names = [.. found.Select(ProcessMemory.Name)];
        found.UnionWith(all.Except(before).Where(process => names.Contains(ProcessMemory.Name(process))));
        found.Add(target.DaemonPid);
        List<(int Pid, int? Parent)> rest = [.. all.Select(process => (process, ProcessMemory.Parent(process)))];
        while (rest.RemoveAll(process => process.Parent is int parent && found.Contains(parent) && found.Add(process.Pid)) > 0)
        {
            // Until no process is left whose parent was found.
        }

        return [.. found.Except(payload).Where(process => process != target.DaemonPid && process != Environment.ProcessId)];
    }

    private static bool IsPayload(int process) => ProcessMemory.Command(process)?.TrimEnd().EndsWith($" {Target.PayloadArgument}", StringComparison.Ordinal) == true;

    private static void Add(Measurements measurements, string scenario, string what, string target, IEnumerable<int> processes)
    {
        List<(double RssMegabytes, double PssMegabytes)> sizes = [.. processes.Select(ProcessMemory.Find).OfType<(double, double)>()];
        measurements.Add(scenario, $"{what}, RSS", Units.Megabytes, target, sizes.Sum(size => size.RssMegabytes));
        measurements.Add(scenario, $"{what}, PSS", Units.Megabytes, target, sizes.Sum(size => size.PssMegabytes));
    }
}
