using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Crid.HostTests;

/// <summary>
/// Kills crid, its keeper and OCI runtimes that are half-way, at random. crid is started again as a service manager does it; crid itself
/// sees to its keeper.
/// </summary>
internal sealed partial class ChaosMonkey(CridDaemon daemon, ChaosOptions options)
{
    private static readonly TimeSpan RestartDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan ToldAround = TimeSpan.FromSeconds(20);

    private readonly Random _random = new(options.Seed);
    private readonly ConcurrentDictionary<string, int> _kills = [];
    private readonly ConcurrentBag<string> _killedCommands = [];
    private readonly CancellationTokenSource _ending = new();
    private int _keeper;

    /// <summary>From a crid's end until the next one has from a keeper what it is to hold.</summary>
    public Absences CridAway { get; } = new();

    /// <summary>From a keeper's end until crid has told the next one what it holds.</summary>
    public Absences KeeperAway { get; } = new();

    public int Kills => _kills.Values.Sum();

    public string Summary => string.Join(", ", _kills.OrderBy(kill => kill.Key, StringComparer.Ordinal).Select(kill => $"{kill.Value} {kill.Key}"));

    /// <summary>
    /// Whether nobody may be left who knew of an end between two times: the keeper was away then, and before crid had told the next one
    /// what it held, crid was away too.
    /// </summary>
    public bool NobodyKnew(DateTime from, DateTime to) =>
        KeeperAway.Touching(from, to).Any(absence => CridAway.Touching(absence.From, absence.To).Count > 0);

    /// <summary>Who was away around a time.</summary>
    public string DescribeAbsences(DateTime at) =>
        $"the keeper was away {Describe(KeeperAway.Touching(at - ToldAround, at + ToldAround))}, crid {Describe(CridAway.Touching(at - ToldAround, at + ToldAround))}";

    /// <summary>Whether an OCI runtime was killed while it did this to a container.</summary>
    public bool HasKilled(string verb, string containerId) =>
        _killedCommands.Any(command => command.Contains($" {verb} ", StringComparison.Ordinal) && command.Contains(containerId, StringComparison.Ordinal));

    /// <summary>Kills until the number of kills is reached; returns when crid and the keeper are back.</summary>
    public async Task RunAsync()
    {
        Task crid = SuperviseAsync();
        Task keeper = FollowKeeperAsync();
        while (Kills < options.Kills)
        {
            await Task.Delay(_random.Next(200, 1400));
            await KillOneAsync(_random.Next(100));
        }

        await Eventually.TrueAsync(daemon.AnswersAsync, "crid answers after the last kill");
        await _ending.CancelAsync();
        await Task.WhenAll(crid, keeper);
    }

    [GeneratedRegex(@"^(\S*/)?(?<runtime>runc|crun) .*\s(?<verb>create|start|exec|delete|update) ", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex RuntimeCommand();

    private Task KillOneAsync(int dice)
    {
        switch (dice)
        {
            case < 30:
                KillCrid();
                Count("crid");
                break;
            case < 50:
                KillKeeper();
                Count("keeper");
                break;
            case < 60:
                KillKeeper();
                KillCrid();
                Count("both at once");
                break;
            default:
                return KillRuntimeAsync();
        }

        return Task.CompletedTask;
    }

    private void KillCrid()
    {
        CridAway.Begin();
        LabCleanup.Kill(daemon.Pid);
    }

    private void KillKeeper()
    {
        if (_keeper != 0)
        {
            KeeperAway.Begin();
            LabCleanup.Kill(_keeper);
        }
    }

    /// <summary>Waits a moment for some call of an OCI runtime, and kills it in the middle.</summary>
    private async Task KillRuntimeAsync()
    {
        DateTime end = TimeProvider.System.GetUtcNow().UtcDateTime + Patience;
        while (TimeProvider.System.GetUtcNow().UtcDateTime < end)
        {
            List<LabProcessInfo> running = [.. LabProcessInfo.ChildrenOf(daemon.Pid).Concat(LabProcessInfo.ChildrenOf(_keeper)).Where(IsRuntime)];
            if (running.Count > 0)
            {
                LabProcessInfo victim = running[_random.Next(running.Count)];
                await Task.Delay(_random.Next(25));
                _killedCommands.Add(victim.CommandLine);
                LabCleanup.Kill(victim.Pid);
                Match command = RuntimeCommand().Match(victim.CommandLine);
                Count($"{command.Groups["runtime"].Value} {command.Groups["verb"].Value}");
                return;
            }

            await Task.Delay(1);
        }
    }

    /// <summary>
    /// A call of the OCI runtime, not the init that it makes, which has the same command line with crun but soon a mount namespace of its own.
    /// </summary>
    private static bool IsRuntime(LabProcessInfo process) => RuntimeCommand().IsMatch(process.CommandLine) && process.SharesMounts;

    private static string Describe(IEnumerable<(DateTime From, DateTime To)> absences) =>
        string.Join(", ", absences.Select(absence => $"{absence.From:HH:mm:ss.fff}-{absence.To:HH:mm:ss.fff}"));

    private void Count(string what) => _kills.AddOrUpdate(what, 1, (_, count) => count + 1);

    private async Task SuperviseAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            DateTime asked = TimeProvider.System.GetUtcNow().UtcDateTime;
            if (daemon.HasExited)
            {
                CridAway.Begin();
                await Task.Delay(RestartDelay);
                daemon.Spawn();
            }
            else if (await daemon.GetKeeperAsync() != 0)
            {
                CridAway.End(asked);
            }

            await Task.Delay(10);
        }
    }

    private async Task FollowKeeperAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            DateTime asked = TimeProvider.System.GetUtcNow().UtcDateTime;
            if (_keeper == 0 || !LabProcessInfo.IsAlive(_keeper))
            {
                KeeperAway.Begin();
                _keeper = daemon.FindKeeper();
            }
            else if (daemon.KeeperListens() && await daemon.GetKeeperAsync() == _keeper)
            {
                KeeperAway.End(asked);
            }

            await Task.Delay(10);
        }
    }
}
