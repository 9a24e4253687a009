namespace Crid.Linux;

/// <summary>An overlay file system to mount.</summary>
public sealed record OverlayMount
{
    /// <summary>Directories of the lower layers, top first; at least one.</summary>
    public required IReadOnlyList<string> Lowers { get; init; }

    /// <summary>The writable layer, or null for a read-only mount, which needs at least two lowers.</summary>
    public string? Upper { get; init; }

    /// <summary>An empty directory on the file system of <see cref="Upper"/>.</summary>
    public string? Work { get; init; }

    /// <summary>The SELinux context that all files have in the mount; null for their own.</summary>
    public string? Label { get; init; }

    /// <summary>
    /// Keeps <see cref="Upper"/> complete in itself, to be a lower layer elsewhere: whole files, and nothing that points into <see cref="Lowers"/>,
    /// whatever the kernel's defaults are.
    /// </summary>
    public bool IsUpperKept { get; init; }

    public MountOptions Options { get; init; }

    /// <summary>Skips every sync of the upper layer: for mounts that do not outlive a crash.</summary>
    public bool Volatile { get; init; }
}
