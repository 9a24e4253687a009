namespace Crid.Oci;

/// <summary>The config.json of a bundle: runtime-spec config.md, as far as crid writes it. Members that are null are left out.</summary>
public sealed record OciSpec
{
    public const string CurrentVersion = "1.0.2";

    /// <summary>The first version with network devices.</summary>
    public const string NetDevicesVersion = "1.3.0";

    public string OciVersion { get; init; } = CurrentVersion;

    public required OciProcess Process { get; init; }

    public required OciRoot Root { get; init; }

    public string? Hostname { get; init; }

    public IReadOnlyList<OciMount>? Mounts { get; init; }

    public OciHooks? Hooks { get; init; }

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    public required OciLinux Linux { get; init; }
}
