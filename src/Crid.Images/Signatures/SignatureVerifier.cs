using Crid.Core;

namespace Crid.Images;

/// <summary>Decides whether an image may be pulled: the policy's requirements against the signatures that its repository has.</summary>
internal sealed class SignatureVerifier(SignaturePolicy policy, CosignSignatures signatures)
{
    /// <param name="image">The image as it was asked for.</param>
    /// <param name="digests">The manifest, and the index that named it by its digest: a signature of either is one of the image.</param>
    /// <param name="cancellationToken">Ends the check early.</param>
    /// <exception cref="CridException">PermissionDenied with the reason SignatureValidationFailed: it may not.</exception>
    public async Task CheckAsync(ImageReference image, IReadOnlyList<BlobDigest> digests, CancellationToken cancellationToken)
    {
        foreach (PolicyRequirement requirement in policy.GetRequirements(image))
        {
            switch (requirement)
            {
                case PolicyRequirement.Accept:
                    break;
                case PolicyRequirement.Sigstore sigstore:
                    await CheckAsync(sigstore, image, digests, cancellationToken);
                    break;
                default:
                    throw SignatureFailure.Of("the policy rejects the image");
            }
        }
    }

    private async Task CheckAsync(PolicyRequirement.Sigstore requirement, ImageReference image, IReadOnlyList<BlobDigest> digests, CancellationToken cancellationToken)
    {
        List<PublicKey> keys = PublicKey.ReadAll(requirement);
        try
        {
            string reason = "it has no signature";
            await foreach (CosignSignature signature in signatures.FindAsync(digests, cancellationToken))
            {
                string? refusal = FindRefusal(signature, keys, requirement.Identity, image, digests);
                if (refusal is null)
                {
                    return;
                }

                reason = refusal;
            }

            throw SignatureFailure.Of($"the policy asks for a signature of '{image}': {reason}");
        }
        finally
        {
            keys.ForEach(static key => key.Dispose());
        }
    }

    // The signature first: nothing is read of a payload that nobody vouches for.
    private static string? FindRefusal(CosignSignature signature, List<PublicKey> keys, SignedIdentity identity, ImageReference image, IReadOnlyList<BlobDigest> digests)
    {
        if (!keys.Exists(key => key.Verifies(signature.Payload, signature.Signature)))
        {
            return "no signature is by a key of the policy";
        }

        if (SignedPayload.Find(signature.Payload) is not { } payload)
        {
            return "its signature is of an unknown form";
        }

        if (!digests.Any(digest => digest.Value == payload.ManifestDigest))
        {
            return "its signature is for another manifest";
        }

        return identity.Accepts(image, payload.Reference) ? null : $"its signature is for '{LayerFailure.Format(System.Text.Encoding.UTF8.GetBytes(payload.Reference))}'";
    }
}
