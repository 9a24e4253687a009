using System.Runtime.CompilerServices;
using Crid.Core;
using Crid.Oci;

namespace Crid.Images;

/// <summary>Finds the signatures that cosign put beside an image: under the tag <c>sha256-HEX.sig</c>, and among the referrers of its manifest.</summary>
internal sealed class CosignSignatures(Repository repository)
{
    private const string PayloadType = "application/vnd.dev.cosign.simplesigning.v1+json";
    private const string ArtifactType = "application/vnd.dev.cosign.artifact.sig.v1+json";
    private const string SignatureAnnotation = "dev.cosignproject.cosign/signature";
    private const int MaxPayloadBytes = 64 << 10;
    private const int MaxSignatures = 50;

    public async IAsyncEnumerable<CosignSignature> FindAsync(IReadOnlyList<BlobDigest> digests, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int count = 0;
        foreach (BlobDigest digest in digests)
        {
            await foreach (ImageManifest manifest in FindManifestsAsync(digest, cancellationToken))
            {
                foreach (Descriptor layer in manifest.Layers.Where(static layer => layer.MediaType == PayloadType))
                {
                    if (Decode(layer.Annotations?.GetValueOrDefault(SignatureAnnotation)) is { } signature && ++count <= MaxSignatures)
                    {
                        yield return new CosignSignature(await repository.GetBlobAsync(layer, MaxPayloadBytes, cancellationToken), signature);
                    }
                }
            }
        }
    }

    private async IAsyncEnumerable<ImageManifest> FindManifestsAsync(BlobDigest digest, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        byte[]? tagged = await repository.FindManifestAsync($"{BlobDigest.Algorithm}-{digest.Hex}.sig", cancellationToken);
        if (tagged is not null)
        {
            yield return ImageDocuments.ParseManifest(tagged);
        }

        byte[]? referrers = await repository.FindReferrersAsync(digest, ArtifactType, cancellationToken);
        IReadOnlyList<Descriptor> entries = referrers is null ? [] : ImageDocuments.ParseIndex(referrers).Manifests;
        foreach (Descriptor entry in entries.Where(static entry => entry.ArtifactType == ArtifactType).Take(MaxSignatures))
        {
            (byte[] document, _) = await repository.GetManifestAsync(BlobDigest.Parse(entry.Digest), cancellationToken);
            yield return ImageDocuments.ParseManifest(document);
        }
    }

    private static byte[]? Decode(string? text)
    {
        byte[] bytes = new byte[text?.Length ?? 0];
        return text is not null && Convert.TryFromBase64String(text, bytes, out int length) ? bytes[..length] : null;
    }
}
