using Crid.Core;

namespace Crid.Images;

/// <summary>
/// How layers are addressed: by diff id where the directory is right in every stack, by chain id where it is only right above the layers it was
/// unpacked with. Blobs of artifacts, whose manifests tell no diff ids, are addressed by their own digests.
/// </summary>
internal static class LayerKey
{
    public static string ForAnyStack(DiffId diffId) => diffId.Value;

    /// <summary>For a layer that is damaged: no pull finds it any more, those who have it keep it.</summary>
    public static string ForNobody(long number) => $"damaged:{number}";

    public static string ForOneStack(ChainId chainId) => $"chain:{chainId.Value}";

    /// <summary>For a blob of an artifact that is a file.</summary>
    public static string ForFile(BlobDigest blob, string name) => $"file:{blob.Value}:{name}";

    /// <summary>For a blob of an artifact that is unpacked, of which only the compressed form is known.</summary>
    public static string ForArchive(BlobDigest blob) => $"archive:{blob.Value}";
}
