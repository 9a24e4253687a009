namespace Crid.Runtimes;

/// <summary>A device of a CDI file.</summary>
internal sealed record CdiDevice
{
    public required string Name { get; init; }

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    public required CdiEdits ContainerEdits { get; init; }
}
