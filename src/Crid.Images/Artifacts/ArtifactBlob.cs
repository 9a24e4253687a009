using Crid.Oci;

namespace Crid.Images;

/// <summary>A blob of an artifact and what becomes of it.</summary>
/// <param name="Descriptor">The blob.</param>
/// <param name="FileName">The path of the file that it becomes; null for an archive that is unpacked.</param>
internal sealed record ArtifactBlob(Descriptor Descriptor, string? FileName);
