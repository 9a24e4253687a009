using System.Globalization;

namespace Crid.Bench;

/// <summary>Resident and proportional memory of processes, from /proc.</summary>
internal static class ProcessMemory
{
    public static HashSet<int> AllPids() =>
        [.. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(name => int.Parse(name!, CultureInfo.InvariantCulture))];

    /// <summary>null: the process has ended, or has no memory of its own (a kernel thread).</summary>
    public static (double RssMegabytes, double PssMegabytes)? Find(int pid)
    {
        try
        {
            double rss = double.NaN;
            double pss = double.NaN;
            foreach (string line in File.ReadLines($"/proc/{pid}/smaps_rollup"))
            {
                string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                switch (words[0])
                {
                    case "Rss:":
                        rss = double.Parse(words[1], CultureInfo.InvariantCulture) / 1024;
                        break;
                    case "Pss:":
                        pss = double.Parse(words[1], CultureInfo.InvariantCulture) / 1024;
                        break;
                    default:
                        break;
                }
            }

            return double.IsNaN(rss) ? null : (rss, pss);
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    public static string? Command(int pid) => Read(pid, "cmdline")?.Replace('\0', ' ');

    public static string? Name(int pid) => Read(pid, "comm")?.TrimEnd();

    public static int? Parent(int pid)
    {
        // The name in parentheses may hold anything, so fields are counted from the last one.
        string? stat = Read(pid, "stat");
        string[]? fields = stat?[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields is { Length: > 1 } ? int.Parse(fields[1], CultureInfo.InvariantCulture) : null;
    }

    private static string? Read(int pid, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/{file}");
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }
}
