namespace Crid.Daemon;

/// <summary>OCI runtimes: which are installed, and whether fixes of known escapes are in them.</summary>
internal static class RuntimeChecks
{
    // The first release of each line with the fixes; of lines that are not here only later ones have them.
    private static readonly Dictionary<string, Version[]> FirstSafe = new(StringComparer.Ordinal)
    {
        ["runc"] = [new(1, 3, 6), new(1, 4, 3), new(1, 5, 0)],
        ["crun"] = [new(1, 28, 0)],
    };

    public static async Task<IReadOnlyList<HostCheck>> RunAsync(IHost host, IReadOnlyDictionary<string, string> runtimes, CancellationToken cancellationToken)
    {
        List<HostCheck> checks = [];
        bool isAnyInstalled = false;
        foreach ((string handler, string pathOrName) in runtimes.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            string name = $"runtime {handler}";
            if (host.FindProgram(pathOrName) is not string program)
            {
                checks.Add(HostCheck.Ok(name, "not installed; pods that ask for it are refused"));
                continue;
            }

            isAnyInstalled = true;
            string? version = await host.GetVersionAsync(program, cancellationToken);
            checks.Add(version is null
                ? HostCheck.Failure(name, $"{program} does not tell its version", "install it anew; it can't be executed or is not an OCI runtime")
                : CheckVersion(name, program, version));
        }

        if (!isAnyInstalled)
        {
            checks.Add(HostCheck.Failure("runtimes", "no OCI runtime is installed", "install the package runc or crun"));
        }

        return checks;
    }

    /// <summary>The version in a line such as <c>runc version 1.1.5+ds1</c>.</summary>
    internal static Version? ParseVersion(string line)
    {
        foreach (string word in line.Split(' '))
        {
            string number = new([.. word.TakeWhile(c => char.IsAsciiDigit(c) || c == '.')]);
            if (Version.TryParse(number, out Version? version))
            {
                return new Version(version.Major, version.Minor, Math.Max(version.Build, 0));
            }
        }

        return null;
    }

    private static HostCheck CheckVersion(string name, string program, string line)
    {
        string found = $"{program}, {line}";
        if (!FirstSafe.TryGetValue(line.Split(' ')[0], out Version[]? firstSafe) || ParseVersion(line) is not Version version)
        {
            return HostCheck.Ok(name, found);
        }

        Version? sameLine = firstSafe.FirstOrDefault(safe => (safe.Major, safe.Minor) == (version.Major, version.Minor));
        bool isSafe = version >= (sameLine ?? firstSafe[^1]);
        return isSafe
            ? HostCheck.Ok(name, found)
            : HostCheck.Warning(name, found, $"escapes from containers are fixed in {string.Join(", ", firstSafe.AsEnumerable())} and later; see whether the distribution's package has the fixes");
    }
}
