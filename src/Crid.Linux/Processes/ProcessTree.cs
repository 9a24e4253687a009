using System.Globalization;

namespace Crid.Linux;

/// <summary>Kills a process with all that descends from it.</summary>
public static class ProcessTree
{
    private const int StopSignal = 19;
    private const int MaxRounds = 50;

    /// <summary>
    /// Stops the process, its session, its process group and their descendants, until no new one shows up, and then kills them all: what is stopped can't fork.
    /// Only a process that has left session and group and whose parents have ended escapes. Accepts processes that are gone.
    /// </summary>
    public static void Kill(int pid, ulong startTimeTicks)
    {
        Dictionary<(int Pid, ulong Start), ProcessHandle> victims = [];
        try
        {
            for (int round = 0; round < MaxRounds && StopNew(pid, startTimeTicks, victims); round++)
            {
                // Another look: one that was forked before its parent stopped is seen now.
            }

            foreach (ProcessHandle victim in victims.Values)
            {
                victim.SendSignal(SignalNames.Kill);
            }
        }
        finally
        {
            foreach (ProcessHandle victim in victims.Values)
            {
                victim.Dispose();
            }
        }
    }

    private static bool StopNew(int pid, ulong startTimeTicks, Dictionary<(int Pid, ulong Start), ProcessHandle> victims)
    {
        bool found = false;
        foreach (ProcessStat process in Descendants(pid, startTimeTicks, ReadAll()))
        {
            (int Pid, ulong StartTimeTicks) name = (process.Pid, process.StartTimeTicks);
            if (!victims.ContainsKey(name) && ProcessHandle.Open(process.Pid, process.StartTimeTicks) is { } handle)
            {
                victims.Add(name, handle);
                handle.SendSignal(StopSignal);
                found = true;
            }
        }

        return found;
    }

    // A session or group outlives its leader, whose pid is not given to another process meanwhile: where it was, nothing is left of them.
    private static IEnumerable<ProcessStat> Descendants(int pid, ulong startTimeTicks, IReadOnlyList<ProcessStat> all)
    {
        if (all.Any(process => process.Pid == pid && process.StartTimeTicks != startTimeTicks))
        {
            return [];
        }

        HashSet<int> members =
        [
            .. all.Where(process => process.StartTimeTicks >= startTimeTicks
                    && (process.Pid == pid || process.SessionId == pid || process.GroupId == pid))
                .Select(static process => process.Pid),
        ];
        int before;
        do
        {
            before = members.Count;
            members.UnionWith(all.Where(process => members.Contains(process.ParentPid)).Select(static process => process.Pid));
        }
        while (members.Count > before);

        return all.Where(process => members.Contains(process.Pid) && !process.IsEnded);
    }

    private static List<ProcessStat> ReadAll()
    {
        List<ProcessStat> all = [];
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && ProcessStat.Find(pid) is ProcessStat stat)
            {
                all.Add(stat);
            }
        }

        return all;
    }
}
