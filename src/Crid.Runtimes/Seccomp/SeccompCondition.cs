namespace Crid.Runtimes;

/// <summary>When a rule of a profile file counts, or does not.</summary>
internal sealed record SeccompCondition
{
    public IReadOnlyList<string>? Caps { get; init; }

    /// <summary>By Go's names.</summary>
    public IReadOnlyList<string>? Arches { get; init; }

    /// <summary>The first kernel that is meant.</summary>
    public string? MinKernel { get; init; }

    /// <summary>Everything that it names is so: one of the architectures, all capabilities, the kernel. True where it names nothing.</summary>
    public bool HoldsAll(HostFacts host, IReadOnlyList<string> capabilities) =>
        (Arches is not { Count: > 0 } || HasArchitecture(host))
        && (Caps ?? []).All(name => capabilities.Contains(Capability.Normalise(name)))
        && (string.IsNullOrEmpty(MinKernel) || HasKernel(host));

    /// <summary>Something that it names is so.</summary>
    public bool HoldsAny(HostFacts host, IReadOnlyList<string> capabilities) =>
        HasArchitecture(host)
        || (Caps ?? []).Any(name => capabilities.Contains(Capability.Normalise(name)))
        || (!string.IsNullOrEmpty(MinKernel) && HasKernel(host));

    private bool HasArchitecture(HostFacts host) => Arches?.Contains(host.Architecture == CpuArchitecture.Amd64 ? "amd64" : "arm64") == true;

    private bool HasKernel(HostFacts host) => Version.TryParse(MinKernel, out Version? first)
        ? host.Kernel >= first
        : throw new InvalidDataException($"'{MinKernel}' is no version of a kernel");
}
