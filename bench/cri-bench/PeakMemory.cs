using System.Globalization;

namespace Crid.Bench;

/// <summary>How far the resident memory of a process rises above what it is now; proc_pid_clear_refs(5) forgets the peak before.</summary>
internal sealed class PeakMemory
{
    private readonly int _pid;
    private readonly double _start;

    private PeakMemory(int pid)
    {
        _pid = pid;
        File.WriteAllText($"/proc/{pid}/clear_refs", "5");
        _start = Read(pid, "VmRSS:");
    }

    public double MegabytesAboveStart => Read(_pid, "VmHWM:") - _start;

    public static PeakMemory Begin(int pid) => new(pid);

    private static double Read(int pid, string field)
    {
        string line = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }
}
