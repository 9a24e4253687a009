using Crid.Core;

namespace Crid.Images;

/// <summary>Writes an OCI layout into an archive, each blob once.</summary>
internal sealed class LayoutWriter
{
    private readonly TarWriter _archive;
    private readonly Dictionary<BlobDigest, long> _blobs = [];

    public LayoutWriter(TarWriter archive)
    {
        _archive = archive;
        archive.AddFile("oci-layout", """{"imageLayoutVersion":"1.0.0"}"""u8);
    }

    /// <summary>The size of a blob that was added.</summary>
    public long SizeOf(BlobDigest digest) => _blobs[digest];

    public void AddBlob(byte[] content) => AddBlob(BlobDigest.Of(content), target => target.Write(content));

    /// <summary>Adds a blob unless it is there.</summary>
    public void AddBlob(BlobDigest digest, Action<Stream> write)
    {
        if (!_blobs.ContainsKey(digest))
        {
            _blobs.Add(digest, _archive.AddFile(LayoutDocuments.GetBlobName(digest), write));
        }
    }

    /// <summary>Writes what lists the images; docker's list has no artifacts.</summary>
    public void Complete(IReadOnlyList<(StoredImage Image, byte[] Manifest)> manifests)
    {
        _archive.AddFile("index.json", LayoutDocuments.WriteIndex(manifests));
        _archive.AddFile("manifest.json", LayoutDocuments.WriteDockerManifest(manifests.Select(static entry => entry.Image).Where(static image => image.Manifest is null)));
        _archive.Complete();
    }
}
