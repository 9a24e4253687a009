using System.Diagnostics;
using System.Globalization;
using Crid.Api;

namespace Crid.Bench;

/// <summary>
/// Exec probes at a rate for a time, as many pods' probes together are. What the daemon, its helpers and the machine's table of processes hold
/// is read before and after: nothing of it may grow.
/// </summary>
internal sealed class ProbeScenario : IScenario
{
    private const int WarmUp = 200;
    private const int MostAtOnce = 64;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(6);

    public async Task RunAsync(BenchOptions options, IReadOnlyList<Target> targets, Measurements measurements, CancellationToken cancellation)
    {
        string scenario = string.Create(CultureInfo.InvariantCulture, $"exec probes, {options.ProbeRate} a second for {options.ProbeSeconds} s");
        foreach (Target target in targets)
        {
            PodSandboxConfig pod = target.NewPod(PidMode.Container);
            string sandbox = await target.RunSandboxAsync(pod, cancellation);
            string container = await target.CreateAsync(target.NewContainer(sandbox, pod, PidMode.Container), cancellation);
            await target.StartAsync(container, cancellation);
            await ProbeAsync(options.ProbeRate, WarmUp, () => ExecScenario.ExecAsync(target, container, cancellation));
            await Task.Delay(Settle, cancellation);

            AddHoldings(measurements, scenario, "before", target);
            int count = options.ProbeRate * options.ProbeSeconds;
            long begin = Stopwatch.GetTimestamp();
            await ProbeAsync(options.ProbeRate, count, () =>
                measurements.TimeAsync(scenario, "ExecSync /bin/true", target.Name, () => ExecScenario.ExecAsync(target, container, cancellation)));
            measurements.Add(scenario, "probes", Units.PerSecond, target.Name, count / Stopwatch.GetElapsedTime(begin).TotalSeconds);
            await Task.Delay(Settle, cancellation);
            AddHoldings(measurements, scenario, "after", target);
            await target.CleanUpAsync();
        }
    }

    /// <summary>Starts one when it is due, whether or not those before it have ended, but never more than a few at once.</summary>
    private static async Task ProbeAsync(int rate, int count, Func<Task> probe)
    {
        using SemaphoreSlim room = new(MostAtOnce);
        List<Task> running = [];
        long begin = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            TimeSpan early = TimeSpan.FromSeconds((double)i / rate) - Stopwatch.GetElapsedTime(begin);
            if (early > TimeSpan.Zero)
            {
                await Task.Delay(early);
            }

            await room.WaitAsync();
            running.RemoveAll(static task => task.IsCompletedSuccessfully);
            running.Add(ReleaseAfterAsync(probe, room));
        }

        await Task.WhenAll(running);
    }

    private static async Task ReleaseAfterAsync(Func<Task> probe, SemaphoreSlim room)
    {
        try
        {
            await probe();
        }
        finally
        {
            room.Release();
        }
    }

    private static void AddHoldings(Measurements measurements, string scenario, string when, Target target)
    {
        int daemon = target.DaemonPid;
        measurements.Add(scenario, $"daemon {when}, RSS", Units.Megabytes, target.Name, ProcessMemory.Find(daemon)?.RssMegabytes ?? double.NaN);
        measurements.Add(scenario, $"daemon {when}, descriptors", Units.Count, target.Name, Directory.GetFileSystemEntries($"/proc/{daemon}/fd").Length);
        measurements.Add(scenario, $"processes {when}", Units.Count, target.Name, ProcessMemory.AllPids().Count(static pid => ProcessMemory.Find(pid) is not null));
        foreach (int pid in ProcessMemory.AllPids().Where(static pid => ProcessMemory.Name(pid) == "crid-keeper"))
        {
            measurements.Add(scenario, $"keeper {when}, RSS", Units.Megabytes, target.Name, ProcessMemory.Find(pid)?.RssMegabytes ?? double.NaN);
            measurements.Add(scenario, $"keeper {when}, descriptors", Units.Count, target.Name, Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length);
        }
    }
}
