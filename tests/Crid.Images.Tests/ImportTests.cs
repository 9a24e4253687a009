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

    private static TarBuilder MakeOciArchive(TestImage image, string name)
    {
        JsonObject entry = TestImage.Describe(TestImage.ManifestType, image.Manifest);
        entry["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = name };
        TarBuilder tar = new TarBuilder().AddFile("oci-layout", """{"imageLayoutVersion":"1.0.0"}""")
            .AddFile("index.json", Encoding.UTF8.GetBytes(new JsonObject { ["schemaVersion"] = 2, ["manifests"] = new JsonArray(entry) }.ToJsonString()))
            .AddDirectory("blobs").AddDirectory("blobs/sha256").AddFile($"blobs/sha256/{image.Digest.Hex}", image.Manifest);
        foreach ((BlobDigest digest, byte[] blob) in image.Blobs)
        {
            tar.AddFile($"blobs/sha256/{digest.Hex}", blob);
        }

        return tar;
    }
}
