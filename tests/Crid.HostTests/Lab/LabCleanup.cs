using System.Diagnostics;
using System.Globalization;

namespace Crid.HostTests;

/// <summary>Ends what a daemon of a test leaves on purpose: its keeper, containers and mounts.</summary>
internal static class LabCleanup
{
    /// <summary>Kills every process that names the directory on its command line, then those that are left in the test's cgroups.</summary>
    public static void KillBelow(string directory)
    {
        foreach (LabProcessInfo process in LabProcessInfo.List().Where(process => process.CommandLine.Contains(directory, StringComparison.Ordinal)))
        {
            Kill(process.Pid);
        }

        foreach (int pid in FindCgroups($"crid-test-{Path.GetFileName(directory)}").SelectMany(ReadProcesses))
        {
            Kill(pid);
        }
    }

    public static async Task UnmountBelowAsync(string directory)
    {
        foreach (string mountpoint in LeakCheck.MountsBelow(directory).OrderDescending(StringComparer.Ordinal))
        {
            await LabProcess.RunAsync("/bin/umount", "-l", mountpoint);
        }
    }

    /// <summary>Directories of mounted cgroup hierarchies whose path contains a name.</summary>
    public static IEnumerable<string> FindCgroups(string name) =>
        File.ReadLines("/proc/self/mountinfo")
            .Where(line => line.Contains(" - cgroup", StringComparison.Ordinal))
            .Select(line => line.Split(' ')[4])
            .Distinct(StringComparer.Ordinal)
            .SelectMany(hierarchy => Directory.EnumerateDirectories(hierarchy, "*", SearchOption.AllDirectories))
            .Where(path => path.Contains(name, StringComparison.Ordinal));

    public static IEnumerable<int> ReadProcesses(string cgroup) =>
        File.ReadAllLines(Path.Combine(cgroup, "cgroup.procs")).Select(pid => int.Parse(pid, CultureInfo.InvariantCulture));

    /// <summary>Kills a process that may be gone already.</summary>
    public static void Kill(int pid)
    {
        try
        {
            using Process process = Process.GetProcessById(pid);
            process.Kill();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // It ended by itself.
        }
    }
}
