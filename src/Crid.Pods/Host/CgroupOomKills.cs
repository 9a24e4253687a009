using System.Globalization;

namespace Crid.Pods;

/// <summary>Reads the counters that the memory controller keeps: <c>memory.events</c> of cgroup v2, <c>memory.oom_control</c> of v1.</summary>
/// <param name="root">Where cgroups are mounted, by default /sys/fs/cgroup.</param>
internal sealed class CgroupOomKills(string root) : IOomKills
{
    private const string Counter = "oom_kill ";

    public bool HasKilled(string cgroupPath)
    {
        string path = DirectoryOf(cgroupPath);
        return Count($"{root}{path}/memory.events") > 0
            || Count($"{root}/unified{path}/memory.events") > 0
            || Count($"{root}/memory{path}/memory.oom_control") > 0;
    }

    /// <summary>Turns <c>slice:prefix:name</c> of the systemd driver into the path of its scope; other paths are what they are.</summary>
    internal static string DirectoryOf(string cgroupPath)
    {
        string[] parts = cgroupPath.Split(':');
        if (parts.Length != 3)
        {
            return "/" + cgroupPath.Trim('/');
        }

        string scope = parts[1].Length > 0 ? $"{parts[1]}-{parts[2]}.scope" : parts[2];
        return $"{ExpandSlice(parts[0])}/{scope}";
    }

    /// <summary>A slice a-b.slice lies in a.slice: systemd.slice(5).</summary>
    private static string ExpandSlice(string slice)
    {
        const string Suffix = ".slice";
        string name = slice.EndsWith(Suffix, StringComparison.Ordinal) ? slice[..^Suffix.Length] : slice;
        if (name.Length == 0 || name == "-")
        {
            return "";
        }

        string path = "";
        for (int dash = name.IndexOf('-', StringComparison.Ordinal); dash >= 0; dash = name.IndexOf('-', dash + 1))
        {
            path += $"/{name[..dash]}{Suffix}";
        }

        return $"{path}/{name}{Suffix}";
    }

    private static long Count(string file)
    {
        if (!File.Exists(file))
        {
            return 0;
        }

        try
        {
            string? line = File.ReadLines(file).FirstOrDefault(text => text.StartsWith(Counter, StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.AsSpan(Counter.Length), CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // The cgroup was removed between the two calls.
            return 0;
        }
    }
}
