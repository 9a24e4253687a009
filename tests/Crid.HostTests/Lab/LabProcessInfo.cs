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

    /// <summary>Resident memory in bytes.</summary>
    public static long ReadRss(int pid) =>
        long.Parse(
            File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture) * 1024;

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
