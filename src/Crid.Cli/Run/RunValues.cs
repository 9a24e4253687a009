using System.Globalization;

namespace Crid.Cli;

/// <summary>The values of crid run's options in their written forms.</summary>
internal static class RunValues
{
    private const int SuffixLength = 5;

    public static EnvironmentManifest ParseVariable(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? text : text[..equals];
        if (name.Length == 0)
        {
            throw CliException.Usage($"--env '{text}' has no name");
        }

        string value = equals < 0 ? Environment.GetEnvironmentVariable(name) ?? "" : text[(equals + 1)..];
        return new EnvironmentManifest(name, value.Replace("$", "$$", StringComparison.Ordinal));
    }

    public static (VolumeManifest Volume, VolumeMountManifest Mount) ParseVolume(string text, int index)
    {
        string[] parts = text.Split(':');
        bool readOnly = parts is [_, _, "ro"];
        if (parts.Length is < 2 or > 3 || (parts.Length == 3 && parts[2] is not ("ro" or "rw")) || !parts[1].StartsWith('/') || parts[0].Length == 0)
        {
            throw CliException.Usage($"--volume is host:container or host:container:ro with an absolute path in the container, not '{text}'");
        }

        string name = $"volume-{index}";
        return (new VolumeManifest(name, Path.GetFullPath(parts[0])), new VolumeMountManifest(name, parts[1], readOnly));
    }

    public static PortManifest ParsePort(string text)
    {
        string[] protocolParts = text.Split('/');
        string protocol = protocolParts.Length == 2 ? protocolParts[1].ToUpperInvariant() : "TCP";
        string ports = protocolParts[0];
        int last = ports.LastIndexOf(':');
        int before = last > 0 ? ports.LastIndexOf(':', last - 1) : -1;
        string ip = before > 0 ? ports[..before].Trim('[', ']') : "";
        if (protocolParts.Length > 2 || protocol is not ("TCP" or "UDP" or "SCTP") || last <= 0
            || !TryParsePort(ports[(last + 1)..], out int container) || !TryParsePort(ports[(before + 1)..last], out int host))
        {
            throw CliException.Usage($"--publish is host:container, ip:host:container, each with /udp if need be, not '{text}'");
        }

        return new PortManifest(container, host, protocol, ip);
    }

    public static ResourcesManifest ParseResources(string? memory, string? cpus)
    {
        long bytes = 0;
        long thousandths = 0;
        if (memory is not null && (!Quantity.TryParse(memory, 1, out bytes) || bytes == 0))
        {
            throw CliException.Usage($"--memory '{memory}' is not a size such as 64Mi or 1G");
        }

        if (cpus is not null && (!Quantity.TryParse(cpus, 0.001m, out thousandths) || thousandths == 0))
        {
            throw CliException.Usage($"--cpus '{cpus}' is not a number of cores such as 0.5 or 2");
        }

        return new ResourcesManifest { MemoryLimit = memory is null ? null : bytes, CpuLimit = cpus is null ? null : thousandths };
    }

    /// <param name="text"><c>uid</c>, <c>uid:gid</c> or a name.</param>
    public static ContainerSecurityManifest ParseUser(string? text)
    {
        if (text is null)
        {
            return new ContainerSecurityManifest();
        }

        string[] parts = text.Split(':');
        bool isNumber = TryParseId(parts[0], out long uid);
        long gid = 0;
        if (parts.Length > 2 || parts[0].Length == 0 || (parts.Length == 2 && !TryParseId(parts[1], out gid)))
        {
            throw CliException.Usage($"--user is a name or uid, and a gid after a colon if need be, not '{text}'");
        }

        return new ContainerSecurityManifest
        {
            RunAsUser = isNumber ? uid : null,
            RunAsUsername = isNumber ? null : parts[0],
            RunAsGroup = parts.Length == 2 ? gid : null,
        };
    }

    /// <summary>A name that tells the image and is not taken: <c>busybox-3fa9c</c>.</summary>
    public static string NameFor(string image)
    {
        string repository = ImageNames.SplitTag(image.Split('@')[0]).Repository;
        char[] letters = [.. repository[(repository.LastIndexOf('/') + 1)..].Select(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) ? c : '-')];
        return $"{new string(letters).Trim('-')}-{Guid.NewGuid().ToString("N")[..SuffixLength]}";
    }

    public static string? CheckName(string? name)
    {
        bool isValid = name is null || (name.Length is > 0 and <= 63 && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1])
            && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'));
        return isValid ? name : throw CliException.Usage($"--name is of lower-case letters, digits and '-', at most 63, not '{name}'");
    }

    private static bool TryParsePort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= ushort.MaxValue;

    private static bool TryParseId(string text, out long id) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id <= int.MaxValue;
}
