using Crid.Core;

namespace Crid.Images;

/// <summary>What a registry says a tag means. <paramref name="Document"/> is there when the registry had to send it to say so.</summary>
internal sealed record ResolvedManifest(BlobDigest Digest, string? MediaType, byte[]? Document);
