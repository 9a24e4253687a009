namespace Crid.Runtimes;

/// <summary>The architectures that a profile file filters on machines of one of them, by libseccomp's names.</summary>
internal sealed record SeccompArchitectures
{
    public required string Architecture { get; init; }

    public IReadOnlyList<string>? SubArchitectures { get; init; }
}
