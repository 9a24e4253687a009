namespace Crid.Oci;

/// <summary>A program that the OCI runtime calls at a stage of a container's life, with the container's state on its standard input.</summary>
public sealed record OciHook
{
    /// <summary>Absolute, on the host.</summary>
    public required string Path { get; init; }

    /// <summary>Its argv, the name of the program included.</summary>
    public IReadOnlyList<string>? Args { get; init; }

    public IReadOnlyList<string>? Env { get; init; }

    /// <summary>Seconds; null for no limit.</summary>
    public int? Timeout { get; init; }
}
