using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Crid.HostTests;

/// <summary>
/// crid, the keeper and OCI runtimes are killed at random while pods live and die. Afterwards every log has every line once, every exit code
/// is right, and nothing is left. docs/RELIABILITY.md says how to run more of it.
/// </summary>
public sealed partial class ChaosTests(PodFixture fixture, ITestOutputHelper output) : IClassFixture<PodFixture>
{
    private readonly ConcurrentBag<ChaosPod> _pods = [];

    [Fact]
    public async Task RandomKills_OfCridKeeperAndRuntimes_LoseNothing()
    {
        ChaosOptions options = ChaosOptions.FromEnvironment();
        output.WriteLine($"CRID_CHAOS_SEED={options.Seed} CRID_CHAOS_KILLS={options.Kills} CRID_CHAOS_PODS={options.Pods}");
        Stopwatch watch = Stopwatch.StartNew();
        (int Crid, int Keeper) descriptors = LeakCheck.CountDescriptors(fixture.Daemon);
        ChaosMonkey monkey = new(fixture.Daemon, options);

        Task killing = monkey.RunAsync();
        Task living = Task.WhenAll(Enumerable.Range(0, options.Pods).Select(slot => LiveAsync(slot, options, monkey, killing)));
        await WaitAsync(Task.WhenAll(killing, living), options, monkey);

        ChaosPod[] pods = [.. _pods];
        output.WriteLine(
            $"{monkey.Kills} kills ({monkey.Summary}), {pods.Length} pods, {pods.Sum(pod => pod.Exits)} exits of which nobody could know "
            + $"{pods.Sum(pod => pod.UnknownExits)}, {pods.Sum(pod => pod.LostLines)} lines lost with both, {pods.Sum(pod => pod.FailedCalls)} calls repeated, {watch.Elapsed.TotalSeconds:0} s");
        string[] problems = [.. pods.SelectMany(pod => pod.Problems)];
        Assert.True(problems.Length == 0, $"{string.Join('\n', problems)}\n{FindLogged(problems)}");
        Assert.Equal(options.Kills, monkey.Kills);
        await LeakCheck.NothingIsLeftAsync(fixture.Daemon);
        await LeakCheck.ProcessesHoldNothingAsync(fixture.Daemon, descriptors);
    }

    /// <summary>What the programs have logged of the containers that problems name, and of their own starts and connections.</summary>
    private string FindLogged(IEnumerable<string> problems)
    {
        string[] ids = [.. problems.SelectMany(static problem => ContainerIds().Matches(problem)).Select(static match => match.Value).Distinct()];
        string[] files = [$"{fixture.Daemon.Directory}/crid.log", .. Directory.GetFiles(fixture.Daemon.Run, "*.log")];
        return ids.Length == 0 ? "" : string.Join('\n', files.SelectMany(File.ReadLines).Where(line =>
            ids.Any(id => line.Contains(id, StringComparison.Ordinal)) || line.Contains("keeper", StringComparison.Ordinal) || line.Contains("recovered", StringComparison.Ordinal)));
    }

    [GeneratedRegex("[0-9a-f]{64}", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ContainerIds();

    private async Task WaitAsync(Task run, ChaosOptions options, ChaosMonkey monkey)
    {
        try
        {
            await run.WaitAsync(options.TimeLimit, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            Assert.Fail(
                $"not over after {options.TimeLimit.TotalMinutes:0} minutes and {monkey.Kills} of {options.Kills} kills ({monkey.Summary}); pods that live:\n"
                + string.Join('\n', _pods.Where(pod => !pod.IsDone).Select(pod => pod.Describe())));
        }
    }

    /// <summary>One pod after the other until the killing ends.</summary>
    private async Task LiveAsync(int slot, ChaosOptions options, ChaosMonkey monkey, Task killing)
    {
        for (int number = 0; !killing.IsCompleted; number++)
        {
            ChaosPod pod = new(fixture.Daemon, monkey, fixture.Image, $"chaos-{slot}-{number}", (options.Seed * 1_009) + (slot * 100_003) + number);
            _pods.Add(pod);
            await pod.RunAsync();
        }
    }
}
