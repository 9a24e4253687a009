using System.Globalization;

namespace Crid.HostTests;

/// <summary>A process of the lab's PID namespace as /proc shows it.</summary>
internal sealed record LabProcessInfo(int Pid, string CommandLine)
{
    public static IReadOnlyList<LabProcessInfo> List()
    {
        List<LabProcessInfo> processes = [];
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out int pid) && TryRead($"{directory}/cmdline") is { } commandLine)
            {
                processes.Add(new LabProcessInfo(pid, commandLine.Replace('\0', ' ').Trim()));
            }
        }

        return processes;
    }

    /// <summary>The processes that a process is the parent of.</summary>
    public static IReadOnlyList<LabProcessInfo> ChildrenOf(int pid)
    {
        List<LabProcessInfo> children = [];
        foreach (string task in EntriesOf($"/proc/{pid}/task"))
        {
            foreach (string child in (TryRead($"{task}/children") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                if (TryRead($"/proc/{child}/cmdline") is { } commandLine)
                {
                    children.Add(new LabProcessInfo(int.Parse(child, CultureInfo.InvariantCulture), commandLine.Replace('\0', ' ').Trim()));
                }
            }
        }

        return children;
    }

    /// <summary>False once it has ended, also where nobody has reaped it yet.</summary>
    public static bool IsAlive(int pid) => TryRead($"/proc/{pid}/stat") is { } stat && stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');

    /// <summary>What each descriptor of a process beyond its standard ones is, as /proc spells it.</summary>
    public static IReadOnlyList<string> DescriptorsOf(int pid) =>
        [.. EntriesOf($"/proc/{pid}/fd").Where(path => Path.GetFileName(path) is not ("0" or "1" or "2")).Select(path => new FileInfo(path).LinkTarget).OfType<string>()];

    /// <summary>Whether it is in the mount namespace of the tests, unlike a container.</summary>
    public bool SharesMounts => new FileInfo($"/proc/{Pid}/ns/mnt").LinkTarget == new FileInfo("/proc/self/ns/mnt").LinkTarget;

    /// <summary>Resident memory in bytes.</summary>
    public static long ReadRss(int pid) =>
        long.Parse(
            File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture) * 1024;

    private static string[] EntriesOf(string directory)
    {
        try
        {
            return Directory.GetFileSystemEntries(directory);
        }
        catch (DirectoryNotFoundException)
        {
            return []; // It ended meanwhile.
        }
    }

    private static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return null; // It ended meanwhile.
        }
    }
}
