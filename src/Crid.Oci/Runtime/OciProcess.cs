namespace Crid.Oci;

/// <summary>A process of a container; also the document that <c>exec --process</c> reads.</summary>
public sealed record OciProcess
{
    public bool Terminal { get; init; }

    public required OciUser User { get; init; }

    public required IReadOnlyList<string> Args { get; init; }

    public IReadOnlyList<string>? Env { get; init; }

    public required string Cwd { get; init; }

    public OciCapabilities? Capabilities { get; init; }

    public bool NoNewPrivileges { get; init; }

    public string? ApparmorProfile { get; init; }

    public string? SelinuxLabel { get; init; }

    public int? OomScoreAdj { get; init; }
}
