using System.Globalization;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>Code and constants of this process that are in memory because they were used once, as most of what a start needs.</summary>
public static unsafe class ResidentCode
{
    private const long BytesPerKilobyte = 1024;

    /// <summary>
    /// Gives the unchanged pages of programs and libraries back (MADV_DONTNEED, madvise(2)): the next use of one takes it from the page cache.
    /// Mappings that may be written, or that the loader has written to, are left alone.
    /// </summary>
    /// <returns>How many bytes were resident in what was given back.</returns>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public static long Release()
    {
        long released = 0;
        (nint Start, nint End)? mapping = null;
        long resident = 0;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            if (!char.IsAsciiLetterUpper(line[0]))
            {
                mapping = ReadMapping(line);
            }
            else if (line.StartsWith("Rss:", StringComparison.Ordinal))
            {
                resident = ReadKilobytes(line);
            }
            else if (line.StartsWith("Anonymous:", StringComparison.Ordinal) && ReadKilobytes(line) == 0 && resident > 0 && mapping is (nint start, nint end))
            {
                Release(start, end);
                released += resident * BytesPerKilobyte;
            }
        }

        return released;
    }

    /// <summary>A private mapping of a file that can't be written; null for any other line (proc_pid_maps(5)).</summary>
    private static (nint Start, nint End)? ReadMapping(string line)
    {
        string[] fields = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 6 || fields[1] is not ("r-xp" or "r--p") || !fields[5].StartsWith('/'))
        {
            return null;
        }

        int dash = fields[0].IndexOf('-', StringComparison.Ordinal);
        return (
            nint.Parse(fields[0].AsSpan(0, dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            nint.Parse(fields[0].AsSpan(dash + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }

    private static long ReadKilobytes(string line) =>
        long.Parse(line.AsSpan(line.IndexOf(':', StringComparison.Ordinal) + 1).TrimEnd("kB").Trim(), NumberStyles.None, CultureInfo.InvariantCulture);

    private static void Release(nint start, nint end)
    {
        if (LibC.madvise((void*)start, (size_t)(ulong)(end - start), LibC.MADV_DONTNEED) != 0)
        {
            throw new LinuxException("madvise", null, LibC.errno);
        }
    }
}
