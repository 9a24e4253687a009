using Crid.Core;
using Crid.Oci;

namespace Crid.Images;

/// <summary>
/// Manifests of OCI artifacts: image-spec manifest.md, "Guidelines for Artifact Usage". The blobs are files; those that are marked as archives are
/// directories.
/// </summary>
internal static class ArtifactManifest
{
    private const string Title = "org.opencontainers.image.title";
    private const string ModelPath = "org.cncf.model.filepath";

    // ORAS packs a directory as an archive and says so.
    private const string Unpack = "io.deis.oras.content.unpack";
    private const string UnpackedDigest = "io.deis.oras.content.digest";

    /// <summary>Whether a manifest describes something other than a container image: its config is none, or its layers are files with names.</summary>
    public static bool Describes(ImageManifest manifest) =>
        !MediaTypes.IsImageConfig(manifest.Config.MediaType)
        || manifest.Layers.Any(static layer => !MediaTypes.IsLayer(layer.MediaType) && FindName(layer) is not null);

    /// <summary>What kind of artifact it is.</summary>
    public static string TypeOf(ImageManifest manifest) => manifest.ArtifactType ?? manifest.Config.MediaType ?? "";

    /// <exception cref="CridException">InvalidArgument: a blob has a name that can't be a file's, or two have the same.</exception>
    public static ImageContent Read(ImageManifest manifest, byte[] document, byte[] config, Func<Descriptor, Stream> open) =>
        new(new ImageId(BlobDigest.Of(document)), config, [.. ListBlobs(manifest).Select(blob => ToRequest(blob, open))]) { Manifest = document };

    /// <summary>The blobs that make up the artifact's files, in the order of the manifest.</summary>
    public static IReadOnlyList<ArtifactBlob> ListBlobs(ImageManifest manifest)
    {
        List<ArtifactBlob> blobs = [];
        ArtifactNames names = new();
        foreach (Descriptor layer in manifest.Layers)
        {
            string? name = FindName(layer);
            if (name is null && (layer.MediaType == MediaTypes.Empty || blobs.Any(blob => blob.Descriptor.Digest == layer.Digest)))
            {
                // Stands for no content; or a blob without a name once more.
                continue;
            }

            bool unpack = layer.Annotations?.GetValueOrDefault(Unpack) == "true" || (name is null && MediaTypes.IsLayer(layer.MediaType));
            blobs.Add(new ArtifactBlob(Check(layer), unpack ? null : names.Add(name ?? BlobDigest.Parse(layer.Digest).Value.Replace(':', '-'))));
        }

        return blobs;
    }

    private static string? FindName(Descriptor layer) => layer.Annotations?.GetValueOrDefault(Title) ?? layer.Annotations?.GetValueOrDefault(ModelPath);

    private static Descriptor Check(Descriptor layer)
    {
        if (layer.MediaType?.EndsWith("+encrypted", StringComparison.Ordinal) == true)
        {
            throw CridException.InvalidArgument($"a blob has the type {layer.MediaType}: encrypted blobs are not supported");
        }

        return layer.Size >= 0 ? layer : throw CridException.InvalidArgument($"blob {layer.Digest} has no size");
    }

    private static LayerRequest ToRequest(ArtifactBlob blob, Func<Descriptor, Stream> open)
    {
        Descriptor descriptor = blob.Descriptor;
        BlobDigest digest = BlobDigest.Parse(descriptor.Digest);
        if (blob.FileName is { } name)
        {
            FileArchive archive = new(name, descriptor.Size);
            string key = LayerKey.ForFile(digest, name);
            return new LayerRequest
            {
                Key = key,
                KeyAboveParents = key,
                Blob = null,
                Size = archive.Size,
                Open = () => new FileArchiveStream(archive, open(descriptor), digest),
                StandsAlone = true,
            };
        }

        string? unpacked = descriptor.Annotations?.GetValueOrDefault(UnpackedDigest);
        string archiveKey = LayerKey.ForArchive(digest);
        return new LayerRequest
        {
            Key = archiveKey,
            KeyAboveParents = archiveKey,
            DiffId = unpacked is null ? null : DiffId.Parse(unpacked),
            Blob = digest,
            Size = descriptor.Size,
            Open = () => open(descriptor),
            StandsAlone = true,
        };
    }
}
