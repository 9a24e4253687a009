using Crid.Core;
using Crid.Linux;

namespace Crid.Images;

/// <summary>What unpacking a layer found.</summary>
/// <param name="DiffId">Digest of the uncompressed archive.</param>
/// <param name="Files">Bytes and inodes on disk.</param>
/// <param name="IsPlain">True where each entry became one file that nothing else of the layer touched.</param>
/// <param name="DependsOnParents">True where the directory is only right above the layers that it was unpacked with.</param>
internal sealed record LayerContent(DiffId DiffId, DirectoryUsage Files, bool IsPlain, bool DependsOnParents)
{
    public long Bytes => (long)Files.Bytes;

    public long Inodes => (long)Files.Inodes;
}
