namespace Crid.Cli;

/// <summary>The /etc/hosts of a pod that has host aliases.</summary>
internal static class HostsFile
{
    public static IReadOnlyList<string> Lines(PodManifest pod, string podIp)
    {
        List<string> lines =
        [
            "# Written by crid run.",
            "127.0.0.1\tlocalhost",
            "::1\tlocalhost ip6-localhost ip6-loopback",
        ];
        if (podIp.Length > 0)
        {
            lines.Add($"{podIp}\t{pod.Hostname ?? pod.Name}");
        }

        lines.AddRange(pod.HostAliases.Select(alias => $"{alias.Ip}\t{string.Join('\t', alias.Hostnames)}"));
        return lines;
    }
}
