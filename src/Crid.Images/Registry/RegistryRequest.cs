using Crid.Core;

namespace Crid.Images;

/// <summary>A request to whichever host of a registry answers it.</summary>
/// <param name="Method">GET or HEAD.</param>
/// <param name="Path">Path below the repository, for example <c>manifests/latest</c>.</param>
/// <param name="Subject">What is asked for, in words for messages.</param>
internal sealed record RegistryRequest(HttpMethod Method, string Path, string Subject)
{
    /// <summary>Types to accept.</summary>
    public string? Accept { get; init; }

    /// <summary>First byte wanted of the content.</summary>
    public long Offset { get; init; }

    /// <summary>How many bytes are wanted from there; zero for all.</summary>
    public long Length { get; init; }

    /// <summary>True where the answer says what a name means, which not every mirror is trusted with.</summary>
    public bool Resolves { get; init; }

    public static RegistryRequest Manifest(HttpMethod method, ImageReference reference, string tagOrDigest) =>
        new(method, $"manifests/{tagOrDigest}", $"{reference.Name}{(BlobDigest.TryParse(tagOrDigest, out _) ? '@' : ':')}{tagOrDigest}")
        {
            Accept = string.Join(", ", Oci.MediaTypes.OciIndex, Oci.MediaTypes.OciManifest, Oci.MediaTypes.DockerIndex, Oci.MediaTypes.DockerManifest, "*/*;q=0.1"),
            Resolves = !BlobDigest.TryParse(tagOrDigest, out _),
        };

    public static RegistryRequest Blob(ImageReference reference, BlobDigest digest, long offset, long length) =>
        new(HttpMethod.Get, $"blobs/{digest.Value}", $"blob {digest.Value} of {reference.Name}") { Offset = offset, Length = length };
}
