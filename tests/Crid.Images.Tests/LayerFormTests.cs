using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Crid.Core;
using Crid.Linux;
using Crid.Oci;
using Crid.Testing;

namespace Crid.Images.Tests;

/// <summary>Layers of all the forms that registries deliver, and what the node then says of its disk.</summary>
public sealed class LayerFormTests
{
    private static readonly byte[] Archive = new TarBuilder().AddDirectory("etc").AddFile("etc/name", "content").AddSymbolicLink("link", "etc").AddHardLink("again", "etc/name").Build();

    [Theory]
    [InlineData("eStargz")]
    [InlineData("zstd:chunked")]
    [InlineData("plain")]
    public async Task PullAsync_FormsForLazyPulling_ArePlainLayers(string form)
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        store.Registry.Add("app", "1", TestImage.Create([Archive], archive => form switch { "eStargz" => MakeStargz(archive), "zstd:chunked" => MakeZstdChunked(archive), _ => archive }));

        Image image = await store.PullAsync("app:1");

        Assert.Equal([new DiffId(BlobDigest.Of(Archive))], image.Layers);
        Assert.Equal("content", await File.ReadAllTextAsync($"{store.LayerDirectories()[0]}/etc/name", TestContext.Current.CancellationToken));
        Assert.Empty((await store.Images.VerifyAsync(repair: false, credentials: null, TestContext.Current.CancellationToken)).Damage);
    }

    [Theory]
    [InlineData("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")]
    [InlineData("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip")]
    public async Task PullAsync_ForeignLayer_ComesFromTheRegistryAndFromNowhereElse(string type)
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        using TestRegistry elsewhere = new();
        AddWithLayer(store, layer =>
        {
            layer["mediaType"] = type;
            layer["urls"] = new JsonArray($"http://{elsewhere.Address}/v2/app/blobs/layer");
        });

        await store.PullAsync("app:1");

        Assert.Single(store.LayerDirectories());
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task PullAsync_EncryptedLayer_IsRefusedBeforeItIsFetched()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        AddWithLayer(store, static layer => layer["mediaType"] = "application/vnd.oci.image.layer.v1.tar+gzip+encrypted");

        CridException exception = await Assert.ThrowsAsync<CridException>(() => store.PullAsync("app:1"));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        Assert.Contains("encrypted layers are not supported", exception.Message, StringComparison.Ordinal);
        Assert.Equal(0, store.Registry.Count(BlobDigest.Of(TestImage.Compress(Archive)).Value));
    }

    [Fact]
    public async Task GetUsage_SeveralLayers_IsWhatTheyTakeOnDisk()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        byte[] large = new TarBuilder().AddDirectory("var").AddFile("var/large", new byte[3_000_000]).AddFile("var/small", "x").AddDevice('3', "null", 1, 3).Build();
        byte[] irregular = new TarBuilder().AddFile("f", "one").AddFile("f", new byte[20_000]).Build();
        store.Registry.Add("app", "1", TestImage.Create(Archive, large, irregular));

        await store.PullAsync("app:1");

        DirectoryUsage disk = DirectoryMeasure.Measure(store.Directories.Layers, static () => false).GetValueOrDefault();
        FilesystemUsage told = store.Images.GetUsage();

        // The directory of all layers is of no layer.
        FileStatus own = FileMetadata.FindStatus(store.Directories.Layers).GetValueOrDefault();
        Assert.Equal((disk.Bytes - own.AllocatedBytes, disk.Inodes - 1), (told.UsedBytes, told.InodesUsed));
        await store.RestartAsync();
        Assert.Equal((told.UsedBytes, told.InodesUsed), (store.Images.GetUsage().UsedBytes, store.Images.GetUsage().InodesUsed));
    }

    [Fact]
    public async Task PullAsync_HttpProxy_IsAskedForEverything()
    {
        TestImage pushed = TestImage.Create(Archive);
        using RawRegistry proxy = new(pushed);
        System.Collections.Concurrent.ConcurrentQueue<string> lines = new();
        proxy.Mischief = (line, answer) =>
        {
            lines.Enqueue(line);
            return new RawAnswer(answer);
        };
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        await store.RestartAsync(new RegistryOptions
        {
            CertsDirectory = "/nonexistent", PlainHttpRegistries = ["registry.invalid:5000"], HttpProxy = $"http://{proxy.Address}", NoProxy = ["other.invalid"],
        });

        Image image = await store.Images.PullAsync(new PullRequest(ImageReference.Parse("registry.invalid:5000/app:1"), null), TestContext.Current.CancellationToken);

        Assert.Equal(pushed.Id, image.Id);
        Assert.True(lines.Count >= 3);
        Assert.All(lines, static line => Assert.Contains(" http://registry.invalid:5000/v2/app/", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("amd64", "linux/amd64/v1 linux/amd64", 1)]
    [InlineData("amd64", "windows/amd64 linux/amd64/v1", 1)]
    [InlineData("amd64", "linux/386 linux/arm64", -1)]
    [InlineData("arm64", "linux/arm64 linux/arm64/v8 linux/arm/v7", 1)]
    [InlineData("arm", "linux/arm/v5 linux/arm/v6 linux/arm/v7", 2)]
    [InlineData("arm", "linux/arm/v8 linux/arm/v5 linux/arm/v6", 2)]
    [InlineData("s390x", "unknown/unknown linux/s390x linux/s390x", 1)]
    public void Choose_Index_TakesTheBestThatTheMachineRuns(string architecture, string platforms, int expected)
    {
        ImageIndex index = ImageDocuments.ParseIndex(Encoding.UTF8.GetBytes(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["manifests"] = new JsonArray([.. platforms.Split(' ').Select(static platform => Describe(platform.Split('/')))]),
        }.ToJsonString()));

        if (expected < 0)
        {
            Assert.Equal(ErrorKind.NotFound, Assert.Throws<OtherPlatformException>(() => HostPlatform.Choose(index, architecture)).Kind);
        }
        else
        {
            Assert.Same(index.Manifests[expected], HostPlatform.Choose(index, architecture));
        }
    }

    private static JsonObject Describe(string[] platform)
    {
        JsonObject entry = TestImage.Describe(TestImage.ManifestType, Encoding.UTF8.GetBytes(string.Concat(platform)));
        entry["platform"] = new JsonObject { ["os"] = platform[0], ["architecture"] = platform[1], ["variant"] = platform.Length > 2 ? platform[2] : null };
        return entry;
    }

    private static void AddWithLayer(ImageStoreFixture store, Action<JsonObject> change)
    {
        TestImage image = TestImage.Create(Archive);
        JsonObject manifest = (JsonObject)JsonNode.Parse(image.Manifest)!;
        change((JsonObject)manifest["layers"]![0]!);
        store.Registry.Add("app", "1", Encoding.UTF8.GetBytes(manifest.ToJsonString()), TestImage.ManifestType, image);
    }

    // Members of gzip for pieces of the archive, and a footer: an empty member that tells where the table of contents is.
    private static byte[] MakeStargz(byte[] archive)
    {
        using MemoryStream blob = new();
        blob.Write(TestImage.Compress(archive[..1024]));
        blob.Write(TestImage.Compress(archive[1024..]));
        byte[] extra = Encoding.ASCII.GetBytes($"SG\u0016\0{blob.Length:x16}STARGZ");
        blob.Write([0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 0xFF, (byte)extra.Length, 0, .. extra, 1, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0]);
        return blob.ToArray();
    }

    // Frames of zstd for pieces of the archive, and frames to skip with the table of contents and a footer.
    private static byte[] MakeZstdChunked(byte[] archive)
    {
        using ZstdSharp.Compressor compressor = new();
        using MemoryStream blob = new();
        blob.Write(compressor.Wrap(archive.AsSpan(0, 1024)));
        blob.Write(compressor.Wrap(archive.AsSpan(1024)));
        foreach (byte[] content in new[] { compressor.Wrap("{}"u8).ToArray(), new byte[64] })
        {
            byte[] head = new byte[8];
            BinaryPrimitives.WriteUInt32LittleEndian(head, 0x184D2A50);
            BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(4), content.Length);
            blob.Write(head);
            blob.Write(content);
        }

        return blob.ToArray();
    }
}
