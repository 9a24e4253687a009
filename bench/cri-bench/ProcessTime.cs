using System.Globalization;

namespace Crid.Bench;

/// <summary>Processor time of a process with all its threads, also of those that have ended: proc_pid_stat(5).</summary>
internal static class ProcessTime
{
    private const double MillisecondsPerTick = 10;
    private const int UserField = 11;
    private const int SystemField = 12;

    public static double ReadMilliseconds(int pid)
    {
        // The name in parentheses may hold anything, so fields are counted from the last one.
        string stat = File.ReadAllText($"/proc/{pid}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[UserField], CultureInfo.InvariantCulture) + long.Parse(fields[SystemField], CultureInfo.InvariantCulture)) * MillisecondsPerTick;
    }
}
