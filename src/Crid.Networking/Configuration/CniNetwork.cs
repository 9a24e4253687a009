namespace Crid.Networking;

/// <summary>A network configuration: a named chain of plugins.</summary>
internal sealed record CniNetwork
{
    public required string Name { get; init; }

    public required string CniVersion { get; init; }

    public required IReadOnlyList<CniPlugin> Plugins { get; init; }

    /// <summary>The whole list as JSON, from which the same network can be parsed again for DEL.</summary>
    public required byte[] Bytes { get; init; }

    /// <summary>The configuration asks not to be checked, for example because plugins change what others made.</summary>
    public required bool DisableCheck { get; init; }

    /// <summary>The configuration asks not to be collected, for example because others attach to the same network.</summary>
    public required bool DisableGc { get; init; }

    public bool IsAtLeast(string version) => Networking.CniVersion.IsAtLeast(CniVersion, version);
}
