using Crid.Core;
using Crid.Oci;

namespace Crid.Images;

/// <summary>A manifest and its config, checked against each other: what is needed to get the layers of an image or an artifact.</summary>
internal sealed record ImageContent(ImageId Id, byte[] Config, IReadOnlyList<LayerRequest> Layers)
{
    /// <summary>The manifest itself where it is an artifact's; null for container images, of which the config says all.</summary>
    public byte[]? Manifest { get; init; }

    /// <param name="manifest">The manifest of the image.</param>
    /// <param name="document">Its bytes.</param>
    /// <param name="config">The bytes of its config, of the digest that the manifest names.</param>
    /// <param name="open">Opens a layer's blob.</param>
    /// <exception cref="CridException">InvalidArgument: not an image that this machine can run, nor an artifact.</exception>
    public static ImageContent From(ImageManifest manifest, byte[] document, byte[] config, Func<Descriptor, Stream> open)
    {
        if (ArtifactManifest.Describes(manifest))
        {
            return ArtifactManifest.Read(manifest, document, config, open);
        }

        DiffId[] diffIds = ReadDiffIds(config);
        if (diffIds.Length != manifest.Layers.Count)
        {
            throw CridException.InvalidArgument($"the manifest has {manifest.Layers.Count} layers, the image config {diffIds.Length}");
        }

        IReadOnlyList<ChainId> chain = ChainId.ForStack(diffIds);
        LayerRequest[] layers =
            [.. manifest.Layers.Select((layer, i) => LayerRequest.Of(diffIds[i], chain[i], BlobDigest.Parse(layer.Digest), Check(layer).Size, () => open(layer)))];
        return new ImageContent(new ImageId(BlobDigest.Parse(manifest.Config.Digest)), config, layers);
    }

    /// <summary>The diff ids of a config that this machine can run.</summary>
    public static DiffId[] ReadDiffIds(byte[] config)
    {
        ImageConfig parsed = ImageDocuments.ParseConfig(config);
        if (parsed.LayersOfManifest is not null)
        {
            throw CridException.InvalidArgument("the config of the image is a manifest");
        }

        HostPlatform.Check(parsed);
        return [.. (parsed.RootFs?.DiffIds ?? []).Select(DiffId.Parse)];
    }

    private static Descriptor Check(Descriptor layer)
    {
        if (layer.MediaType is { } type && !MediaTypes.IsLayer(type))
        {
            string reason = type.EndsWith("+encrypted", StringComparison.Ordinal) ? "encrypted layers are not supported" : "this is not a container image";
            throw CridException.InvalidArgument($"a layer has the type {type}: {reason}");
        }

        return layer.Size > 0 ? layer : throw CridException.InvalidArgument($"layer {layer.Digest} has no size");
    }
}
