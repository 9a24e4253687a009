using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Crid.Core;

namespace Crid.Testing;

/// <summary>An image made of tar archives: its blobs, config and manifest.</summary>
public sealed class TestImage
{
    public const string ManifestType = "application/vnd.oci.image.manifest.v1+json";

    private TestImage(byte[] manifest, byte[] config, IReadOnlyDictionary<BlobDigest, byte[]> blobs)
    {
        Manifest = manifest;
        Config = config;
        Blobs = blobs;
    }

    public byte[] Manifest { get; }

    public byte[] Config { get; }

    /// <summary>Config and layers by digest.</summary>
    public IReadOnlyDictionary<BlobDigest, byte[]> Blobs { get; }

    public BlobDigest Digest => BlobDigest.Of(Manifest);

    public ImageId Id => new(BlobDigest.Of(Config));

    /// <summary>An image of layers that are gzip-compressed, bottom first.</summary>
    public static TestImage Create(params byte[][] archives) => Create(archives, Compress);

    public static TestImage Create(byte[][] archives, Func<byte[], byte[]> compress, string? architecture = null)
    {
        byte[] config = Encoding.UTF8.GetBytes(new JsonObject
        {
            ["os"] = "linux",
            ["architecture"] = architecture ?? HostArchitecture,
            ["config"] = new JsonObject { ["Cmd"] = new JsonArray("/bin/true") },
            ["rootfs"] = new JsonObject
            {
                ["type"] = "layers",
                ["diff_ids"] = new JsonArray([.. archives.Select(static archive => (JsonNode)BlobDigest.Of(archive).Value)]),
            },
        }.ToJsonString());
        byte[][] layers = [.. archives.Select(compress)];
        byte[] manifest = Encoding.UTF8.GetBytes(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = ManifestType,
            ["config"] = Describe("application/vnd.oci.image.config.v1+json", config),
            ["layers"] = new JsonArray([.. layers.Select(static layer => Describe("application/vnd.oci.image.layer.v1.tar+gzip", layer))]),
        }.ToJsonString());
        Dictionary<BlobDigest, byte[]> blobs = [];
        foreach (byte[] blob in layers.Append(config))
        {
            blobs[BlobDigest.Of(blob)] = blob;
        }

        return new TestImage(manifest, config, blobs);
    }

    /// <summary>An OCI artifact: blobs with their types and annotations, and no image config.</summary>
    public static TestImage CreateArtifact(string type, params (byte[] Content, string MediaType, (string Key, string Value)[] Annotations)[] blobs)
    {
        byte[] config = "{}"u8.ToArray();
        JsonObject[] layers = [.. blobs.Select(static blob => Describe(blob.MediaType, blob.Content))];
        foreach ((JsonObject layer, (_, _, (string Key, string Value)[] annotations)) in layers.Zip(blobs))
        {
            layer["annotations"] = new JsonObject(annotations.Select(static annotation => KeyValuePair.Create(annotation.Key, (JsonNode?)annotation.Value)));
        }

        byte[] manifest = Encoding.UTF8.GetBytes(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = ManifestType,
            ["artifactType"] = type,
            ["config"] = Describe("application/vnd.oci.empty.v1+json", config),
            ["layers"] = new JsonArray([.. layers]),
        }.ToJsonString());
        Dictionary<BlobDigest, byte[]> contents = [];
        foreach (byte[] blob in blobs.Select(static blob => blob.Content).Append(config))
        {
            contents[BlobDigest.Of(blob)] = blob;
        }

        return new TestImage(manifest, config, contents);
    }

    /// <summary>A blob of an artifact that is a file.</summary>
    public static (byte[] Content, string MediaType, (string Key, string Value)[] Annotations) TitledBlob(string title, string content) =>
        (Encoding.UTF8.GetBytes(content), "application/octet-stream", [("org.opencontainers.image.title", title)]);

    /// <summary>The architecture of this machine as images name it.</summary>
    public static string HostArchitecture =>
        System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";

    public static byte[] Compress(byte[] content)
    {
        using MemoryStream result = new();
        using (GZipStream gzip = new(result, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return result.ToArray();
    }

    public static JsonObject Describe(string mediaType, byte[] content) => new()
    {
        ["mediaType"] = mediaType,
        ["digest"] = BlobDigest.Of(content).Value,
        ["size"] = content.Length,
    };
}
