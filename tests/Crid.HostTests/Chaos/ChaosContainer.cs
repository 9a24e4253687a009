using System.Globalization;
using Crid.Api;

namespace Crid.HostTests;

/// <summary>
/// One attempt at a chaos pod's container. It writes numbered lines, and notes in a directory of the host what it has written and which exit
/// code it chose, so that log and status can be compared with the truth.
/// </summary>
internal sealed class ChaosContainer
{
    private const int StopCode = 9;
    public const int KillCode = 137;
    private const string StartError = "StartError";
    private const int UnknownCode = 255;

    /// <summary>From a container's note of its exit code until crid, which waits for the keeper's word, has stored it, on a busy machine.</summary>
    private static readonly TimeSpan ExitTime = TimeSpan.FromSeconds(5);

    private readonly string _truth;
    private readonly string _logPath;
    private DateTime? _killedAt;

    /// <param name="lines">How many lines it writes before it ends by itself.</param>
    /// <param name="exitCode">What it then ends with.</param>
    public ChaosContainer(CridDaemon daemon, PodSandboxConfig sandbox, string image, uint attempt, int lines, int exitCode)
    {
        string name = sandbox.Metadata.Name;
        _truth = $"{daemon.Directory}/truth/{name}/{attempt}";
        _logPath = $"{sandbox.LogDirectory}/main/{attempt}.log";
        Directory.CreateDirectory(_truth);
        string script = $"""
            trap 'echo {StopCode} > /truth/exit; exit {StopCode}' TERM
            i=0
            while [ $i -lt {lines} ]; do echo "line $i"; echo $i >> /truth/lines; i=$((i+1)); sleep 0.2; done
            echo {exitCode} > /truth/exit
            exit {exitCode}
            """;
        Config = Requests.Container("main", image, "/bin/sh", "-c", script);
        Config.Metadata.Attempt = attempt;
        Config.LogPath = $"main/{attempt}.log";
        Config.Labels["io.kubernetes.pod.uid"] = sandbox.Metadata.Uid;
        Config.Linux.SecurityContext.NamespaceOptions.Pid = sandbox.Linux.SecurityContext.NamespaceOptions.Pid;
        Config.Linux.SecurityContext.NamespaceOptions.Network = sandbox.Linux.SecurityContext.NamespaceOptions.Network;
        Config.Mounts.Add(new Mount { ContainerPath = "/truth", HostPath = _truth });
    }

    public ContainerConfig Config { get; }

    /// <summary>How many lines it has surely written.</summary>
    public int LinesWritten => File.Exists($"{_truth}/lines") ? File.ReadAllLines($"{_truth}/lines").Length : 0;

    /// <summary>How many lines were lost with both programs.</summary>
    public int LostLines { get; private set; }

    /// <summary>Its sandbox is being stopped: from now on it may be killed.</summary>
    public void ExpectKill() => _killedAt ??= TimeProvider.System.GetUtcNow().UtcDateTime;

    /// <summary>What is wrong with log and exit of a container that has ended or never ran.</summary>
    public IEnumerable<string> FindProblems(ContainerStatus status, ChaosMonkey monkey)
    {
        string what = $"container {status.Id}, log {_logPath}, exit code {status.ExitCode}, reason '{status.Reason}', message '{status.Message}', finished at {DateTime.UnixEpoch.AddTicks(status.FinishedAt / TimeSpan.NanosecondsPerTick):HH:mm:ss.fff}";
        string?[] problems = [FindLogProblem(status, monkey), status.State == ContainerState.ContainerExited ? FindExitProblem(status, monkey) : null];
        return problems.OfType<string>().Select(problem => $"{what}: {problem}");
    }

    /// <summary>
    /// Each line once and in order. Missing may be only what was in the pipe when a container ended while nobody had it open.
    /// </summary>
    private string? FindLogProblem(ContainerStatus status, ChaosMonkey monkey)
    {
        if (status.Reason == StartError && LinesWritten == 0)
        {
            return null; // What is logged is what a runtime's init says of its killed start.
        }

        int written = LinesWritten;
        DateTime last = DateTime.MinValue;
        int next = 0;
        foreach (string[] line in File.Exists(_logPath) ? File.ReadLines(_logPath).Select(line => line.Split(' ', 4)) : [])
        {
            if (line.Length < 4 || line[2] != "F" || line[3] != $"line {next}")
            {
                return $"line {next} is expected, there is '{string.Join(' ', line)}'";
            }

            last = DateTime.Parse(line[0], CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);
            next++;
        }

        // It may have ended between writing a line and noting that.
        LostLines += Math.Max(0, written - next);
        return next == written || next == written + 1 || (next < written && monkey.NobodyKnew(last, TimeProvider.System.GetUtcNow().UtcDateTime))
            ? null
            : $"{next} lines are logged, {written} were written";
    }

    private string? FindExitProblem(ContainerStatus status, ChaosMonkey monkey)
    {
        FileInfo note = new($"{_truth}/exit");
        if (status.ExitCode == UnknownCode)
        {
            (DateTime from, DateTime to) = note.Exists
                ? (note.LastWriteTimeUtc, note.LastWriteTimeUtc + ExitTime)
                : (_killedAt ?? TimeProvider.System.GetUtcNow().UtcDateTime, TimeProvider.System.GetUtcNow().UtcDateTime);
            bool isOrphan = monkey.KeeperAway.Touching(DateTime.UnixEpoch.AddTicks(status.CreatedAt / TimeSpan.NanosecondsPerTick), to).Count > 0;
            return monkey.NobodyKnew(from, to) || (isOrphan && !LabMachine.TellsExitsOfOrphans) ? null : $"somebody knew it at {from:HH:mm:ss.fff}; {monkey.DescribeAbsences(from)}";
        }

        if (status.Reason == StartError)
        {
            return LinesWritten == 0 || monkey.HasKilled("start", status.Id) ? null : "it had started, and no start was killed";
        }

        if (!note.Exists)
        {
            return _killedAt is not null && status.ExitCode == KillCode ? null : "it chose no code";
        }

        int chosen = int.Parse(File.ReadAllText(note.FullName), CultureInfo.InvariantCulture);
        bool wasKilledOnItsWayOut = status.ExitCode == KillCode && _killedAt is DateTime killed && killed < note.LastWriteTimeUtc + ExitTime;
        return status.ExitCode == chosen || wasKilledOnItsWayOut ? null : $"it chose {chosen}";
    }
}
