using System.Text;
using System.Text.Json.Nodes;
using Crid.Core;
using Crid.Testing;

namespace Crid.Images.Tests;

public sealed class ImportTests
{
    private static readonly byte[] Layer = new TarBuilder().AddDirectory("etc").AddFile("etc/name", "imported").Build();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ImportAsync_OciArchive_AddsImageWithNames(bool compressed)
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        TestImage image = TestImage.Create(Layer);
        byte[] archive = MakeOciArchive(image, "example.com/demo:1").Build();
        string path = $"{store.Root}/image.tar";
        await File.WriteAllBytesAsync(path, compressed ? TestImage.Compress(archive) : archive);

        Image imported = Assert.Single(await store.Images.ImportAsync(path, CancellationToken.None));

        Assert.Equal(image.Id, imported.Id);
        Assert.Equal(["example.com/demo:1"], imported.Tags.Select(static tag => tag.ToString()));
        Assert.Equal([$"example.com/demo@{image.Digest}"], imported.Digests.Select(static digest => digest.ToString()));
        Assert.Equal(imported.Id, store.Images.Get("example.com/demo:1").Id);
        Assert.Equal("imported", await File.ReadAllTextAsync($"{store.LayerDirectories()[0]}/etc/name"));
        Assert.Empty(store.TemporaryFiles());
    }

    [Theory]
    [InlineData("v1.0", null, null)]
    [InlineData("latest", null, null)]
    [InlineData("Not A/Name", null, null)]
    [InlineData("demo:1", null, "docker.io/library/demo:1")]
    [InlineData("v1.0", "example.com/demo:1", "example.com/demo:1")]
    [InlineData("example.com/demo:1", "not a name", "example.com/demo:1")]
    [InlineData(null, null, null)]
    public async Task ImportAsync_Annotations_GiveWholeNamesOnly(string? referenceName, string? imageName, string? expected)
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        TestImage image = TestImage.Create(Layer);
        string path = $"{store.Root}/image.tar";
        await File.WriteAllBytesAsync(path, MakeOciArchive([MakeEntry(image, null, (OciLayout.ReferenceName, referenceName), (OciLayout.ImageName, imageName))], image).Build());

        Image imported = Assert.Single(await store.Images.ImportAsync(path, CancellationToken.None));

        Assert.Equal(expected is null ? [] : [expected], imported.Tags.Select(static tag => tag.ToString()));
        Assert.Equal(image.Id, store.Images.Get(image.Id.Value).Id);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("mips")]
    public async Task ImportAsync_ImagesOfOtherPlatforms_ArePassedOver(string? platform)
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        TestImage mine = TestImage.Create(Layer);
        TestImage other = TestImage.Create([Layer], TestImage.Compress, "mips");
        string path = $"{store.Root}/image.tar";
        await File.WriteAllBytesAsync(path, MakeOciArchive([MakeEntry(other, platform), MakeEntry(mine, null)], other, mine).Build());
        string foreign = $"{store.Root}/other.tar";
        await File.WriteAllBytesAsync(foreign, MakeOciArchive([MakeEntry(other, platform)], other).Build());

        IReadOnlyList<Image> imported = await store.Images.ImportAsync(path, CancellationToken.None);
        CridException exception = await Assert.ThrowsAsync<CridException>(() => store.Images.ImportAsync(foreign, CancellationToken.None));

        Assert.Equal([mine.Id], imported.Select(static image => image.Id));
        Assert.Contains("linux/mips", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ImportAsync_DockerArchive_AddsImageWithTags()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        TestImage image = TestImage.Create(Layer);
        string manifest = new JsonArray(new JsonObject
        {
            ["Config"] = "config.json",
            ["RepoTags"] = new JsonArray("busybox:1", "busybox:latest"),
            ["Layers"] = new JsonArray("1/layer.tar"),
        }).ToJsonString();
        TarBuilder tar = new TarBuilder().AddFile("manifest.json", manifest).AddFile("config.json", image.Config).AddDirectory("0").AddFile("0/layer.tar", Layer)
            .AddDirectory("1").AddSymbolicLink("1/layer.tar", "../0/layer.tar");
        string path = $"{store.Root}/image.tar";
        await File.WriteAllBytesAsync(path, tar.Build());

        Image imported = Assert.Single(await store.Images.ImportAsync(path, CancellationToken.None));

        Assert.Equal(["docker.io/library/busybox:1", "docker.io/library/busybox:latest"], imported.Tags.Select(static tag => tag.ToString()));
        Assert.Equal(imported.Id, store.Images.Get("busybox").Id);
    }

    [Fact]
    public async Task ImportAsync_DamagedBlob_IsRefusedAndLeavesNothing()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        TestImage image = TestImage.Create(Layer);
        TarBuilder tar = MakeOciArchive(image, "demo:1");
        BlobDigest layer = BlobDigest.Of(TestImage.Compress(Layer));
        tar.AddFile($"blobs/sha256/{layer.Hex}", "damaged");
        string path = $"{store.Root}/image.tar";
        await File.WriteAllBytesAsync(path, tar.Build());

        await Assert.ThrowsAsync<CridException>(() => store.Images.ImportAsync(path, CancellationToken.None));

        Assert.Empty(store.Images.List());
        Assert.Empty(store.TemporaryFiles());
        Assert.Empty(store.LayerDirectories());
    }

    [Fact]
    public async Task ImportAsync_NoImage_SaysSo()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        string path = $"{store.Root}/other.tar";
        await File.WriteAllBytesAsync(path, new TarBuilder().AddFile("readme", "x").Build());

        CridException other = await Assert.ThrowsAsync<CridException>(() => store.Images.ImportAsync(path, CancellationToken.None));
        CridException missing = await Assert.ThrowsAsync<CridException>(() => store.Images.ImportAsync("/nonexistent", CancellationToken.None));

        Assert.Equal(ErrorKind.InvalidArgument, other.Kind);
        Assert.Equal(ErrorKind.NotFound, missing.Kind);
    }

    private static TarBuilder MakeOciArchive(TestImage image, string name) => MakeOciArchive([MakeEntry(image, null, (OciLayout.ReferenceName, name))], image);

    private static JsonObject MakeEntry(TestImage image, string? architecture, params (string Key, string? Value)[] annotations)
    {
        JsonObject entry = TestImage.Describe(TestImage.ManifestType, image.Manifest);
        if (architecture is not null)
        {
            entry["platform"] = new JsonObject { ["architecture"] = architecture, ["os"] = "linux" };
        }

        entry["annotations"] = new JsonObject(annotations.Where(static annotation => annotation.Value is not null)
            .Select(static annotation => KeyValuePair.Create(annotation.Key, (JsonNode?)annotation.Value)));
        return entry;
    }

    private static TarBuilder MakeOciArchive(JsonObject[] entries, params TestImage[] images)
    {
        TarBuilder tar = new TarBuilder().AddFile("oci-layout", """{"imageLayoutVersion":"1.0.0"}""")
            .AddFile("index.json", Encoding.UTF8.GetBytes(new JsonObject { ["schemaVersion"] = 2, ["manifests"] = new JsonArray([.. entries]) }.ToJsonString()))
            .AddDirectory("blobs").AddDirectory("blobs/sha256");
        Dictionary<string, byte[]> blobs = [];
        foreach (TestImage image in images)
        {
            blobs[image.Digest.Hex] = image.Manifest;
            foreach ((BlobDigest digest, byte[] blob) in image.Blobs)
            {
                blobs[digest.Hex] = blob;
            }
        }

        foreach ((string hex, byte[] blob) in blobs)
        {
            tar.AddFile($"blobs/sha256/{hex}", blob);
        }

        return tar;
    }
}
