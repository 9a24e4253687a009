namespace Crid.Daemon;

/// <summary>A table <c>[registry.hosts.NAME]</c>.</summary>
internal sealed record RegistryHostSection
{
    public bool PlainHttp { get; init; }
}
