using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>
/// A profile file of the node: an OCI filter, or the form that Docker, Podman and CRI-O share, whose rules may count for some capabilities,
/// architectures and kernels only. Taken for an OCI filter it would allow everybody what is meant for a few.
/// </summary>
internal sealed record SeccompFile
{
    public required string DefaultAction { get; init; }

    public uint? DefaultErrnoRet { get; init; }

    /// <summary>The name of what <see cref="DefaultErrnoRet"/> has as a number.</summary>
    public string? DefaultErrno { get; init; }

    public IReadOnlyList<string>? Architectures { get; init; }

    /// <summary>In place of <see cref="Architectures"/>: those of every kind of machine.</summary>
    public IReadOnlyList<SeccompArchitectures>? ArchMap { get; init; }

    public IReadOnlyList<string>? Flags { get; init; }

    public string? ListenerPath { get; init; }

    public string? ListenerMetadata { get; init; }

    public IReadOnlyList<SeccompFileRule>? Syscalls { get; init; }

    /// <summary>The filter for a container with these capabilities on this host.</summary>
    /// <exception cref="InvalidDataException">It contradicts itself, or is not complete.</exception>
    public OciSeccomp ToOci(HostFacts host, IReadOnlyList<string> capabilities) => new()
    {
        DefaultAction = DefaultAction,
        DefaultErrnoRet = DefaultErrnoRet is null && !string.IsNullOrEmpty(DefaultErrno)
            ? throw new InvalidDataException($"defaultErrno '{DefaultErrno}' has no defaultErrnoRet")
            : DefaultErrnoRet,
        Architectures = ArchMap is { Count: > 0 } map ? FromMap(map, host) : Architectures,
        Flags = Flags,
        ListenerPath = ListenerPath,
        ListenerMetadata = ListenerMetadata,
        Syscalls = Syscalls is null ? null : [.. Syscalls.Where(rule => rule.CountsFor(host, capabilities)).Select(static rule => rule.ToOci())],
    };

    private string[]? FromMap(IReadOnlyList<SeccompArchitectures> map, HostFacts host)
    {
        if (Architectures is { Count: > 0 })
        {
            throw new InvalidDataException("architectures and archMap can't be had together");
        }

        string native = host.Architecture == CpuArchitecture.Amd64 ? "SCMP_ARCH_X86_64" : "SCMP_ARCH_AARCH64";
        return map.FirstOrDefault(entry => entry.Architecture == native) is { } found ? [native, .. found.SubArchitectures ?? []] : null;
    }
}
