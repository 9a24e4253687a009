using Crid.Core;
using Crid.Linux;

namespace Crid.Keeper;

/// <summary>An OCI runtime's create or exec while it runs.</summary>
/// <param name="prepare">Makes ready what it needs and says how to start it; may wait for a disk.</param>
/// <param name="release">Closes what only the started command needs.</param>
internal sealed class Command(KeptEntry entry, Reply reply, TimeSpan timeout, Func<SpawnRequest> prepare, Action release)
{
    internal KeptEntry Entry => entry;

    internal Reply Reply => reply;

    internal TimeSpan Timeout => timeout;

    /// <summary>In <see cref="Environment.TickCount64"/>.</summary>
    internal long Deadline { get; set; }

    /// <summary>0 until it is started, and once it has ended.</summary>
    internal int Pid { get; set; }

    /// <summary>With the pid; 0 where it had ended, and somebody else's end had it reaped, before it was looked at.</summary>
    internal ulong StartTimeTicks { get; private set; }

    /// <summary>Why it was killed, which is the answer then.</summary>
    internal CridException? Killed { get; set; }

    /// <summary>What is done instead of a kill once it has ended.</summary>
    internal Action? GiveUp { get; set; }

    /// <summary>The console socket of a container with a terminal.</summary>
    internal ConsoleSocket? Console { get; set; }

    /// <summary>Null for the keeper's own.</summary>
    internal int? OomScoreAdjust { get; init; }

    /// <summary>Starts it and returns its pid; on a thread that may wait.</summary>
    internal int Start()
    {
        try
        {
            int pid = ProcessSpawner.Spawn(prepare());
            StartTimeTicks = ProcessStat.Find(pid)?.StartTimeTicks ?? 0;
            if (OomScoreAdjust is int score)
            {
                // Not reaped before this thread has told its pid. What it starts inherits the score.
                OutOfMemoryScore.TrySet(pid, score);
            }

            return pid;
        }
        finally
        {
            release();
        }
    }

    /// <summary>
    /// Gives the score to the process that it has left: on a busy machine a runtime may have started that before it had the score itself.
    /// </summary>
    internal void CorrectScore(int pid)
    {
        if (OomScoreAdjust is int score && OutOfMemoryScore.Find(pid) is int current && current != score)
        {
            OutOfMemoryScore.TrySet(pid, score);
        }
    }
}
