using Crid.Runtimes;

namespace Crid.Daemon;

/// <summary>OCI runtimes: which are installed, and whether fixes of known escapes are in them.</summary>
internal static class RuntimeChecks
{
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

    private static HostCheck CheckVersion(string name, string program, string line)
    {
        string found = $"{program}, {line}";
        return RuntimeVersions.FindProblem(line.Split(' ')[0], line) is string problem
            ? HostCheck.Warning(name, found, problem)
            : HostCheck.Ok(name, found);
    }
}
