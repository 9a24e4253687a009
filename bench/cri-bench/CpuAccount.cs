using System.Globalization;

namespace Crid.Bench;

/// <summary>Processor time of a cgroup and all below it, those that are gone included, on cgroup v1 or v2.</summary>
internal sealed class CpuAccount(string cgroup)
{
    private static readonly string[] Hierarchies = ["/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup"];

    /// <exception cref="InvalidOperationException">There is no such cgroup.</exception>
    public double ReadMilliseconds()
    {
        foreach (string directory in Hierarchies.Select(hierarchy => hierarchy + cgroup))
        {
            if (File.Exists($"{directory}/cpuacct.usage"))
            {
                return double.Parse(File.ReadAllText($"{directory}/cpuacct.usage"), CultureInfo.InvariantCulture) / 1e6;
            }

            if (File.Exists($"{directory}/cpu.stat"))
            {
                string usage = File.ReadLines($"{directory}/cpu.stat").First(static line => line.StartsWith("usage_usec ", StringComparison.Ordinal));
                return double.Parse(usage["usage_usec ".Length..], CultureInfo.InvariantCulture) / 1e3;
            }
        }

        throw new InvalidOperationException($"there is no cgroup '{cgroup}' with an account of processor time");
    }
}
