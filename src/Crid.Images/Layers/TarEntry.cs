using Crid.Linux;

namespace Crid.Images;

/// <summary>An entry of a tar archive, names and attributes as the bytes they are.</summary>
internal sealed class TarEntry
{
    public required TarEntryKind Kind { get; init; }

    public required byte[] Name { get; init; }

    /// <summary>Target of a hard or symbolic link.</summary>
    public required byte[] LinkName { get; init; }

    /// <summary>Permission bits with set-id and sticky bits.</summary>
    public required uint Permissions { get; init; }

    public required uint UserId { get; init; }

    public required uint GroupId { get; init; }

    /// <summary>Bytes of the file as it is to be, holes included.</summary>
    public required long Size { get; init; }

    /// <summary>Where the content belongs; null for a file without holes.</summary>
    public SparseMap? Sparse { get; init; }

    public required FileTime Modified { get; init; }

    public required uint DeviceMajor { get; init; }

    public required uint DeviceMinor { get; init; }

    public IReadOnlyCollection<(byte[] Name, byte[] Value)> Attributes { get; init; } = [];
}
