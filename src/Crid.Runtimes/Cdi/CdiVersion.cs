namespace Crid.Runtimes;

/// <summary>The versions of the CDI file format, and the one that a file's contents need.</summary>
internal static class CdiVersion
{
    private static readonly Version Oldest = new(0, 3, 0);
    private static readonly Version[] Known =
    [
        new(0, 1, 0), new(0, 2, 0), Oldest, new(0, 4, 0), new(0, 5, 0), new(0, 6, 0), new(0, 7, 0), new(0, 8, 0), new(1, 0, 0), new(1, 1, 0),
    ];

    /// <summary>The declared version, which may begin with a v; null for one that does not exist.</summary>
    public static Version? Find(string text) =>
        Version.TryParse(text.StartsWith('v') ? text.AsSpan(1) : text, out Version? version) && Known.Contains(version) ? version : null;

    /// <summary>The first version in which everything exists that the file has.</summary>
    public static Version NeededBy(CdiDocument document)
    {
        Version needed = Oldest;
        Raise(ref needed, document.Annotations is { Count: > 0 } || document.Kind.AsSpan(document.Kind.IndexOf('/', StringComparison.Ordinal)).Contains('.'), 0, 6);
        Raise(ref needed, document.Devices.Any(static device => char.IsAsciiDigit(device.Name[0])), 0, 5);
        Raise(ref needed, document.Devices.Any(static device => device.Annotations is { Count: > 0 }), 0, 6);
        foreach (CdiEdits edits in document.Devices.Select(static device => device.ContainerEdits).Prepend(document.ContainerEdits ?? new CdiEdits()))
        {
            Raise(ref needed, edits.Mounts.Any(static mount => mount.Type.Length > 0), 0, 4);
            Raise(ref needed, edits.DeviceNodes.Any(static node => node.HostPath.Length > 0), 0, 5);
            Raise(ref needed, edits.IntelRdt is not null || edits.AdditionalGids.Count > 0, 0, 7);
            Raise(ref needed, edits.NetDevices.Count > 0 || edits.IntelRdt is { Schemata: not null } or { EnableMonitoring: not null }, 1, 1);
        }

        return needed;
    }

    private static void Raise(ref Version needed, bool isUsed, int major, int minor)
    {
        Version version = new(major, minor, 0);
        if (isUsed && version > needed)
        {
            needed = version;
        }
    }
}
