using Crid.Core;

namespace Crid.Images;

/// <summary>What unpacking a layer found.</summary>
/// <param name="DiffId">Digest of the uncompressed archive.</param>
/// <param name="Bytes">Bytes on disk, in whole blocks.</param>
/// <param name="Inodes">Files, directories and links that are there.</param>
/// <param name="DependsOnParents">True where the directory is only right above the layers that it was unpacked with.</param>
internal sealed record LayerContent(DiffId DiffId, long Bytes, long Inodes, bool DependsOnParents);
