using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Crid.Core;
using Crid.Oci;

namespace Crid.Images;

/// <summary>Writes the documents of an image layout: image-spec image-layout.md, and the <c>manifest.json</c> of docker's archives.</summary>
internal static class LayoutDocuments
{
    private const string LayerType = "application/vnd.oci.image.layer.v1.tar";

    public static string GetBlobName(BlobDigest digest) => $"blobs/{BlobDigest.Algorithm}/{digest.Hex}";

    public static byte[] WriteManifest(StoredImage image, Func<BlobDigest, long> sizeOf) => Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteNumber("schemaVersion", 2);
        writer.WriteString("mediaType", MediaTypes.OciManifest);
        writer.WritePropertyName("config");
        WriteDescriptor(writer, MediaTypes.OciConfig, image.Image.Id.Digest, image.Config.Length);
        writer.WriteStartArray("layers");
        foreach (Layer layer in image.Layers)
        {
            WriteDescriptor(writer, LayerType, layer.DiffId.Digest, sizeOf(layer.DiffId.Digest));
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    /// <summary>A manifest in which blobs are replaced; byte by byte the same where none is.</summary>
    /// <param name="document">The manifest.</param>
    /// <param name="replaced">By their digests the archives that are no longer compressed.</param>
    public static byte[] WriteManifest(byte[] document, IReadOnlyDictionary<string, (BlobDigest Digest, long Size)> replaced)
    {
        if (replaced.All(static entry => entry.Key == entry.Value.Digest.Value))
        {
            return document;
        }

        JsonNode manifest = JsonNode.Parse(document)!;
        foreach (JsonNode layer in manifest["layers"]!.AsArray().OfType<JsonNode>())
        {
            if (replaced.TryGetValue((string)layer["digest"]!, out (BlobDigest Digest, long Size) blob))
            {
                layer["digest"] = blob.Digest.Value;
                layer["size"] = blob.Size;
                layer["mediaType"] = MediaTypes.WithoutCompression((string?)layer["mediaType"]);
            }
        }

        return Encoding.UTF8.GetBytes(manifest.ToJsonString());
    }

    /// <summary>An entry for every tag; one without a name for an image that has none.</summary>
    public static byte[] WriteIndex(IEnumerable<(StoredImage Image, byte[] Manifest)> manifests) => Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteNumber("schemaVersion", 2);
        writer.WriteString("mediaType", MediaTypes.OciIndex);
        writer.WriteStartArray("manifests");
        foreach ((StoredImage image, byte[] manifest) in manifests)
        {
            foreach (string? name in image.Image.Tags.Select(static tag => tag.ToString()).DefaultIfEmpty())
            {
                WriteDescriptor(writer, MediaTypes.OciManifest, BlobDigest.Of(manifest), manifest.Length, name);
            }
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    public static byte[] WriteDockerManifest(IEnumerable<StoredImage> images) => Write(writer =>
    {
        writer.WriteStartArray();
        foreach (StoredImage image in images)
        {
            writer.WriteStartObject();
            writer.WriteString("Config", GetBlobName(image.Image.Id.Digest));
            WriteStrings(writer, "RepoTags", image.Image.Tags.Select(static tag => tag.ToString()));
            WriteStrings(writer, "Layers", image.Layers.Select(static layer => GetBlobName(layer.DiffId.Digest)));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    private static void WriteDescriptor(Utf8JsonWriter writer, string type, BlobDigest digest, long size, string? name = null)
    {
        writer.WriteStartObject();
        writer.WriteString("mediaType", type);
        writer.WriteString("digest", digest.Value);
        writer.WriteNumber("size", size);
        if (name is not null)
        {
            writer.WriteStartObject("annotations");
            writer.WriteString(OciLayout.ImageName, name);
            writer.WriteString(OciLayout.ReferenceName, name);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteStrings(Utf8JsonWriter writer, string name, IEnumerable<string> values)
    {
        writer.WriteStartArray(name);
        foreach (string value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer))
        {
            write(writer);
        }

        return buffer.WrittenSpan.ToArray();
    }
}
