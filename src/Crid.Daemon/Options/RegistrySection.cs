namespace Crid.Daemon;

/// <summary>The table <c>[registry]</c>.</summary>
internal sealed record RegistrySection
{
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Registries by the host (and port) that references name.</summary>
    public IReadOnlyDictionary<string, RegistryHostSection> Hosts { get; init; } = new Dictionary<string, RegistryHostSection>(StringComparer.Ordinal);
}
