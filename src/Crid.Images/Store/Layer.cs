using Crid.Core;

namespace Crid.Images;

/// <summary>A complete layer of the store.</summary>
/// <param name="Number">Name of its directory.</param>
/// <param name="Key">What it is found by: see <see cref="LayerKey"/>.</param>
/// <param name="DiffId">Digest of its uncompressed archive.</param>
/// <param name="Bytes">Bytes on disk.</param>
/// <param name="Inodes">Files on disk.</param>
internal sealed record Layer(long Number, string Key, DiffId DiffId, long Bytes, long Inodes);
