using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Crid.Core;

namespace Crid.HostTests;

/// <summary>An image made in memory from Debian's static busybox.</summary>
internal sealed record TestImage(byte[] Manifest, byte[] Config, IReadOnlyList<byte[]> Layers)
{
    private static readonly string[] Applets =
        ["sh", "sleep", "true", "false", "echo", "cat", "id", "ls", "env", "hostname", "printf", "yes", "head", "wget", "nc", "httpd", "ps", "kill", "mount", "touch", "dd", "ip", "seq", "grep", "sync"];

    public BlobDigest ManifestDigest => BlobDigest.Of(Manifest);

    public string Id => BlobDigest.Of(Config).Value;

    public static TestImage Busybox(Action<JsonObject>? configure = null, params (string Path, string Content)[] extraFiles)
    {
        byte[] tar = MakeLayer();
        List<byte[]> tars = [tar];
        if (extraFiles.Length > 0)
        {
            tars.Add(MakeLayer(extraFiles));
        }

        return Assemble(tars, configure);
    }

    private static TestImage Assemble(List<byte[]> tars, Action<JsonObject>? configure)
    {
        JsonObject execution = new() { ["Env"] = new JsonArray("PATH=/bin:/usr/bin"), ["Cmd"] = new JsonArray("sh") };
        configure?.Invoke(execution);
        JsonObject config = new()
        {
            ["architecture"] = HostRequirements.Architecture,
            ["os"] = "linux",
            ["config"] = execution,
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray([.. tars.Select(tar => JsonValue.Create(BlobDigest.Of(tar).Value))]) },
        };
        byte[] configBytes = Encoding.UTF8.GetBytes(config.ToJsonString());
        List<byte[]> layers = [.. tars.Select(Gzip)];
        JsonObject manifest = new()
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = "application/vnd.oci.image.manifest.v1+json",
            ["config"] = Descriptor("application/vnd.oci.image.config.v1+json", configBytes),
            ["layers"] = new JsonArray([.. layers.Select(layer => Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer))]),
        };
        return new TestImage(Encoding.UTF8.GetBytes(manifest.ToJsonString()), configBytes, layers);
    }

    private static JsonObject Descriptor(string mediaType, byte[] content) =>
        new() { ["mediaType"] = mediaType, ["digest"] = BlobDigest.Of(content).Value, ["size"] = content.Length };

    private static byte[] MakeLayer()
    {
        using MemoryStream stream = new();
        using (TarWriter writer = new(stream, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (string directory in new[] { "bin", "etc", "tmp", "root", "dev", "proc", "sys", "var", "home" })
            {
                writer.WriteEntry(new PaxTarEntry(TarEntryType.Directory, directory + "/")
                {
                    Mode = directory == "tmp" ? (UnixFileMode)0x3ff : (UnixFileMode)0x1ed,
                });
            }

            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "bin/busybox")
            {
                Mode = (UnixFileMode)0x1ed,
                DataStream = new MemoryStream(File.ReadAllBytes("/bin/busybox")),
            });
            foreach (string applet in Applets)
            {
                writer.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "bin/" + applet) { LinkName = "busybox" });
            }

            WriteFile(writer, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1001::/home:/bin/sh\n");
            WriteFile(writer, "etc/group", "root:x:0:\nweb:x:1001:\nextra:x:2002:web\n");
        }

        return stream.ToArray();
    }

    private static byte[] MakeLayer((string Path, string Content)[] files)
    {
        using MemoryStream stream = new();
        using (TarWriter writer = new(stream, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach ((string path, string content) in files)
            {
                WriteFile(writer, path, content);
            }
        }

        return stream.ToArray();
    }

    private static void WriteFile(TarWriter writer, string path, string content) =>
        writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, path)
        {
            Mode = (UnixFileMode)0x1a4,
            DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)),
        });

    private static byte[] Gzip(byte[] content)
    {
        using MemoryStream stream = new();
        using (GZipStream gzip = new(stream, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return stream.ToArray();
    }
}
