using System.Globalization;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>
/// Makes, reads and removes cgroups by their path below the mounts, in every tree that holds containers; a cgroup that does not exist is
/// empty and has no counters.
/// </summary>
public sealed class CgroupTree(CgroupLayout layout)
{
    private const string ProcessesFile = "cgroup.procs";
    private static readonly string[] CpusetFiles = ["cpuset.cpus", "cpuset.mems"];

    public CgroupLayout Layout { get; } = layout;

    /// <summary>Makes a cgroup with its parents, and returns the files that a process is moved by, one for each tree.</summary>
    public IReadOnlyList<string> Create(string path)
    {
        List<string> processesFiles = [];
        foreach (CgroupHierarchy hierarchy in Layout.ContainerHierarchies)
        {
            string directory = DirectoryOf(hierarchy, path);
            Directory.CreateDirectory(directory);
            if (hierarchy.Controllers.Contains("cpuset"))
            {
                InheritCpuset(hierarchy.Mountpoint, path);
            }

            processesFiles.Add($"{directory}/{ProcessesFile}");
        }

        return processesFiles;
    }

    /// <summary>Removes a cgroup without processes and those below it, but not its parents; accepts that it does not exist.</summary>
    /// <returns>False where one of them still has processes.</returns>
    public bool Remove(string path)
    {
        bool removed = true;
        foreach (CgroupHierarchy hierarchy in Layout.ContainerHierarchies)
        {
            string directory = DirectoryOf(hierarchy, path);
            try
            {
                // The deepest first. Files of cgroups can't be deleted and need not be.
                foreach (string child in Directory.GetDirectories(directory, "*", SearchOption.AllDirectories).OrderByDescending(static child => child.Length))
                {
                    Directory.Delete(child, recursive: false);
                }

                Directory.Delete(directory, recursive: false);
            }
            catch (DirectoryNotFoundException)
            {
                // Where only one below it went away by itself, the next try goes on.
                removed &= !Directory.Exists(directory);
            }
            catch (IOException) when (Directory.Exists(directory))
            {
                // EBUSY: an exiting process counts until it is reaped.
                removed = false;
            }
        }

        return removed;
    }

    public bool Exists(string path) => Layout.ContainerHierarchies.Any(hierarchy => Directory.Exists(DirectoryOf(hierarchy, path)));

    /// <summary>The processes in a cgroup and in those below it.</summary>
    public IReadOnlyCollection<int> Processes(string path)
    {
        HashSet<int> pids = [];
        foreach (CgroupHierarchy hierarchy in Layout.ContainerHierarchies)
        {
            AddProcesses(DirectoryOf(hierarchy, path), pids);
        }

        return pids;
    }

    /// <summary>How many processes of a cgroup the kernel has killed for want of memory; 0 where there is no such cgroup.</summary>
    /// <remarks>memory.events of v2 counts those of its children too, memory.oom_control of v1 does not.</remarks>
    public long OomKills(string path)
    {
        if (Layout.Find("memory") is not { } hierarchy)
        {
            return 0;
        }

        string file = hierarchy.IsUnified ? "memory.events" : "memory.oom_control";
        string? content = ReadFile($"{DirectoryOf(hierarchy, path)}/{file}");
        foreach (string line in (content ?? "").Split('\n'))
        {
            if (line.StartsWith("oom_kill ", StringComparison.Ordinal))
            {
                return long.Parse(line.AsSpan("oom_kill ".Length), CultureInfo.InvariantCulture);
            }
        }

        return 0;
    }

    /// <summary>Sends SIGKILL to every process of a cgroup, until none is left or the tries are used up.</summary>
    /// <returns>False where processes remain; they may be on their way out.</returns>
    public bool KillAll(string path)
    {
        if (Layout.Mode == CgroupMode.Unified && TryWriteFile($"{DirectoryOf(Layout.Hierarchies[0], path)}/cgroup.kill", "1"))
        {
            return Processes(path).Count == 0;
        }

        // A process may fork between the listing and its end; its child then shows up in the next round.
        const int Rounds = 10;
        for (int round = 0; round < Rounds; round++)
        {
            IReadOnlyCollection<int> pids = Processes(path);
            if (pids.Count == 0)
            {
                return true;
            }

            foreach (int pid in pids)
            {
                // A failure says that it has ended by itself.
                _ = LibC.kill(pid, LibC.SIGKILL);
            }

            Thaw(path);
        }

        return false;
    }

    /// <summary>
    /// Lets a cgroup and those below it run that somebody has frozen; accepts that none is. In a frozen cgroup of v1 not even SIGKILL ends
    /// a process: one that was sent before takes effect now, before the process does anything else.
    /// </summary>
    public void Thaw(string path)
    {
        if (Layout.Find("freezer") is { } hierarchy)
        {
            Thaw(DirectoryOf(hierarchy, path), hierarchy.IsUnified);
        }
    }

    /// <summary>The path of a process's cgroup, in the unified tree or else in that of a controller of v1; null where it is gone.</summary>
    public string? PathOf(int pid, string controller = "memory")
    {
        string? content = ReadFile($"/proc/{pid}/cgroup");
        foreach (string line in (content ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split(':', 3);
            bool matches = Layout.Mode == CgroupMode.Unified ? fields[0] == "0" : fields[1].Split(',').Contains(controller);
            if (matches)
            {
                return fields[2];
            }
        }

        return null;
    }

    /// <summary>The directory of a cgroup in a tree.</summary>
    public static string DirectoryOf(CgroupHierarchy hierarchy, string path)
    {
        ArgumentNullException.ThrowIfNull(hierarchy);
        return $"{hierarchy.Mountpoint}/{path.Trim('/')}";
    }

    private static void Thaw(string directory, bool isUnified)
    {
        // The upper first: one below can't run before.
        if (isUnified ? TryWriteFile($"{directory}/cgroup.freeze", "0") : TryWriteFile($"{directory}/freezer.state", "THAWED"))
        {
            foreach (string child in ChildrenOf(directory))
            {
                Thaw(child, isUnified);
            }
        }
    }

    // A new cpuset of v1 is empty and takes no process; each level gets what its parent has, from the top down.
    private static void InheritCpuset(string mountpoint, string path)
    {
        string parent = mountpoint;
        foreach (string element in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            string directory = $"{parent}/{element}";
            foreach (string file in CpusetFiles)
            {
                if (string.IsNullOrWhiteSpace(ReadFile($"{directory}/{file}")))
                {
                    WriteFile($"{directory}/{file}", ReadFile($"{parent}/{file}")?.Trim() ?? "");
                }
            }

            parent = directory;
        }
    }

    private static void AddProcesses(string directory, HashSet<int> pids)
    {
        string? content = ReadFile($"{directory}/{ProcessesFile}");
        if (content is null)
        {
            return;
        }

        foreach (string line in content.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // 0 stands for a process of a PID namespace that this one can't see.
            if (int.TryParse(line, CultureInfo.InvariantCulture, out int pid) && pid > 0)
            {
                pids.Add(pid);
            }
        }

        foreach (string child in ChildrenOf(directory))
        {
            AddProcesses(child, pids);
        }
    }

    private static string[] ChildrenOf(string directory)
    {
        try
        {
            return Directory.GetDirectories(directory);
        }
        catch (DirectoryNotFoundException)
        {
            // Removed meanwhile: what was in it has ended.
            return [];
        }
    }

    // Null where the cgroup is gone: before the open (ENOENT) or after it (ENODEV); threaded cgroups refuse to list processes.
    private static string? ReadFile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return null;
        }
    }

    // False where there is no such file: in an old kernel, or because the cgroup is gone, before the open (ENOENT) or after it (ENODEV, which
    // only the number tells: .NET has no exception of its own for it).
    private static bool TryWriteFile(string path, string value)
    {
        try
        {
            WriteFile(path, value);
            return true;
        }
        catch (IOException exception) when (exception is FileNotFoundException or DirectoryNotFoundException || exception.HResult == LibC.ENODEV)
        {
            return false;
        }
    }

    private static void WriteFile(string path, string value)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(System.Text.Encoding.ASCII.GetBytes(value));
    }
}
