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

    /// <summary>0 until it is started.</summary>
    internal int Pid { get; set; }

    /// <summary>Why it was killed, which is the answer then.</summary>
    internal CridException? Killed { get; set; }

    /// <summary>The console socket of a container with a terminal.</summary>
    internal ConsoleSocket? Console { get; set; }

    /// <summary>Starts it and returns its pid; on a thread that may wait.</summary>
    internal int Start()
    {
        try
        {
            return ProcessSpawner.Spawn(prepare());
        }
        finally
        {
            release();
        }
    }
}
