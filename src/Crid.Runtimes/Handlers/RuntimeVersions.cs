namespace Crid.Runtimes;

/// <summary>Which releases of OCI runtimes have the fixes of known escapes from containers.</summary>
public static class RuntimeVersions
{
    // The first release of each line with the fixes; of lines that are not here only later ones have them.
    private static readonly Dictionary<string, Version[]> FirstSafe = new(StringComparer.Ordinal)
    {
        ["runc"] = [new(1, 3, 6), new(1, 4, 3), new(1, 5, 0)],
        ["crun"] = [new(1, 28, 0)],
    };

    /// <summary>What is wrong with a release, by its own number: a distribution's package may have the fixes. Null where nothing is known to be.</summary>
    /// <param name="program">The name that the runtime has for itself, such as <c>runc</c>.</param>
    /// <param name="version">The version, alone or as a word of a line such as <c>runc version 1.1.5+ds1</c>.</param>
    public static string? FindProblem(string program, string version)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(version);
        if (!FirstSafe.TryGetValue(program, out Version[]? firstSafe) || Parse(version) is not Version found)
        {
            return null;
        }

        Version? sameLine = firstSafe.FirstOrDefault(safe => (safe.Major, safe.Minor) == (found.Major, found.Minor));
        return found >= (sameLine ?? firstSafe[^1])
            ? null
            : $"escapes from containers are fixed in {string.Join(", ", firstSafe.AsEnumerable())} and later; see whether the distribution's package has the fixes";
    }

    /// <summary>The version among the words of a line; null where there is none.</summary>
    private static Version? Parse(string line)
    {
        foreach (string word in line.Split(' '))
        {
            string number = new([.. word.TakeWhile(static c => char.IsAsciiDigit(c) || c == '.')]);
            if (Version.TryParse(number, out Version? version))
            {
                return new Version(version.Major, version.Minor, Math.Max(version.Build, 0));
            }
        }

        return null;
    }
}
