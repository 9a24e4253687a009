using System.Globalization;
using Crid.Core;
using Crid.Oci;

namespace Crid.Images;

/// <summary>A repository of a registry during one pull: what a name means, manifests and blobs, each verified by its digest.</summary>
internal sealed class Repository(RegistryClient client, ImageReference reference, RegistryServices services)
{
    /// <summary>What the reference means now. A reference by digest needs nobody's answer.</summary>
    public async Task<ResolvedManifest> ResolveAsync(CancellationToken cancellationToken)
    {
        if (reference.Digest is { } digest)
        {
            return new ResolvedManifest(digest, MediaType: null, Document: null);
        }

        try
        {
            using HttpResponseMessage head = await client.SendAsync(
                RegistryRequest.Manifest(HttpMethod.Head, reference, reference.TagOrDigest), cancellationToken);
            string? header = head.Headers.TryGetValues("Docker-Content-Digest", out IEnumerable<string>? values) ? values.FirstOrDefault() : null;
            if (BlobDigest.TryParse(header, out BlobDigest named))
            {
                return new ResolvedManifest(named, head.Content.Headers.ContentType?.MediaType, Document: null);
            }
        }
        catch (CridException exception) when (exception.Kind is not ErrorKind.Unavailable)
        {
            // Some servers refuse HEAD, and none explains a refusal to it: the GET below tells which it is.
        }

        (byte[] document, string? mediaType) = await GetDocumentAsync(reference.TagOrDigest, cancellationToken);
        return new ResolvedManifest(BlobDigest.Of(document), mediaType, document);
    }

    /// <summary>A manifest or an index by digest.</summary>
    public async Task<(byte[] Document, string? MediaType)> GetManifestAsync(BlobDigest digest, CancellationToken cancellationToken)
    {
        (byte[] document, string? mediaType) = await GetDocumentAsync(digest.Value, cancellationToken);
        Verify(document, digest, "manifest");
        return (document, mediaType);
    }

    /// <summary>The manifest of a tag of this repository, null where it has no such tag.</summary>
    public async Task<byte[]?> FindManifestAsync(string tag, CancellationToken cancellationToken)
    {
        try
        {
            return (await GetDocumentAsync(tag, cancellationToken)).Document;
        }
        catch (CridException exception) when (exception.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }

    /// <summary>The list of what refers to a manifest, null where the registry keeps none: distribution-spec, "Listing Referrers".</summary>
    public async Task<byte[]?> FindReferrersAsync(BlobDigest digest, string artifactType, CancellationToken cancellationToken)
    {
        RegistryRequest request = new(HttpMethod.Get, $"referrers/{digest.Value}?artifactType={Uri.EscapeDataString(artifactType)}", $"referrers of {reference.Name}@{digest.Value}")
        {
            Accept = MediaTypes.OciIndex,
        };
        try
        {
            return (await client.GetAsync(request, ImageDocuments.MaxManifestBytes, cancellationToken)).Document;
        }
        catch (CridException exception) when (exception.Kind is ErrorKind.NotFound or ErrorKind.FailedPrecondition)
        {
            // Registries that are older than the call answer it with 404, 400 or 405.
            return null;
        }
    }

    /// <summary>A small blob, whole.</summary>
    public async Task<byte[]> GetBlobAsync(Descriptor descriptor, int limit, CancellationToken cancellationToken)
    {
        BlobDigest digest = BlobDigest.Parse(descriptor.Digest);
        if (descriptor.Size < 0 || descriptor.Size > limit)
        {
            throw CridException.InvalidArgument($"blob {digest} has {descriptor.Size} bytes, the limit is {limit}");
        }

        byte[] content = new byte[descriptor.Size];
        using Stream blob = OpenBlob(descriptor);
        await blob.ReadExactlyAsync(content, cancellationToken);
        Verify(content, digest, "blob");
        return content;
    }

    /// <summary>A blob as a stream; whoever reads it verifies its digest.</summary>
    public Stream OpenBlob(Descriptor descriptor)
    {
        BlobDigest digest = BlobDigest.Parse(descriptor.Digest);
        Task<HttpResponseMessage> OpenAsync(long offset, long length, CancellationToken cancellationToken) =>
            client.SendAsync(RegistryRequest.Blob(reference, digest, offset, length), cancellationToken);

        return services.Ranges.Suit(descriptor.Size)
            ? new RangedBlobStream(OpenAsync, descriptor.Size, services.Ranges, services.Options, services.Time)
            : new BlobStream((offset, cancellation) => OpenAsync(offset, 0, cancellation), descriptor.Size, services.Options, services.Time);
    }

    private Task<(byte[] Document, string? MediaType)> GetDocumentAsync(string tagOrDigest, CancellationToken cancellationToken) =>
        client.GetAsync(RegistryRequest.Manifest(HttpMethod.Get, reference, tagOrDigest), ImageDocuments.MaxManifestBytes, cancellationToken);

    private void Verify(byte[] content, BlobDigest digest, string what)
    {
        BlobDigest actual = BlobDigest.Of(content);
        if (actual != digest)
        {
            throw CridException.InvalidArgument(
                string.Create(CultureInfo.InvariantCulture, $"the {what} of {reference.Name} was received with digest {actual}, expected {digest}"));
        }
    }
}
