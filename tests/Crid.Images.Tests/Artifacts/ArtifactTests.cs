using System.Text;
using System.Text.Json.Nodes;
using Crid.Core;
using Crid.Linux;
using Crid.Testing;

namespace Crid.Images.Tests;

public sealed class ArtifactTests
{
    private const string Type = "application/vnd.example.model";
    private const string LayerType = "application/vnd.oci.image.layer.v1.tar+gzip";
    private static readonly byte[] Archive = new TarBuilder().AddDirectory("data").AddFile("data/a", "a").AddFile("data/deep/b", "b").Build();

    [Fact]
    public async Task PullAsync_Artifact_HasItsBlobsAsFiles()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        string longName = $"{new string('d', 200)}/{new string('ü', 100)}";
        TestImage pushed = TestImage.CreateArtifact(
            Type,
            TestImage.TitledBlob("model.bin", "weights"),
            TestImage.TitledBlob("./docs/en/README.md", "read me"),
            TestImage.TitledBlob("docs/en/empty", ""),
            TestImage.TitledBlob(longName, "long"),
            ("no name"u8.ToArray(), "application/wasm", []),
            ("no name"u8.ToArray(), "application/wasm", []),
            ("model"u8.ToArray(), "application/vnd.cncf.model.weight.v1.raw", [("org.cncf.model.filepath", "weights/0")]),
            ("{}"u8.ToArray(), "application/vnd.oci.empty.v1+json", []));
        store.Registry.Add("team/model", "1", pushed);

        Image image = await store.PullAsync("team/model:1");

        string wasm = BlobDigest.Of("no name"u8).Value.Replace(':', '-');
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["model.bin"] = "weights", ["docs/en/README.md"] = "read me", ["docs/en/empty"] = "", [longName] = "long", [wasm] = "no name", ["weights/0"] = "model",
            }.OrderBy(static file => file.Key, StringComparer.Ordinal),
            FilesOf(store));
        Assert.Equal((pushed.Digest, Type), (image.Id.Digest, image.ArtifactType));
        Assert.Equal([store.Reference("team/model:1")], image.Tags);
        Assert.Equal([store.Reference($"team/model@{pushed.Digest}")], image.Digests);
        Assert.True(image.Size > 0);
        Assert.Empty(store.TemporaryFiles());

        await store.RestartAsync();
        Assert.Equal((pushed.Digest, Type), (store.Images.Get($"{store.Registry.Address}/team/model:1").Id.Digest, store.Images.Get(image.Id.Value).ArtifactType));
        int requests = store.Registry.Count("/blobs/");
        store.Registry.Add("other", "1", TestImage.CreateArtifact("x", TestImage.TitledBlob("model.bin", "weights")));
        await store.PullAsync("team/model:1");
        await store.PullAsync("other:1");
        Assert.Equal(requests + 2, store.Registry.Count("/blobs/")); // The configs alone.
        await store.Images.RemoveAsync($"{store.Registry.Address}/team/model:1", CancellationToken.None);
        Assert.Equal(["model.bin"], FilesOf(store).Select(static file => file.Key));
    }

    [Fact]
    public async Task PullAsync_FilesOfAnArtifact_BelongToRootAndAreReadable()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        store.Registry.Add("model", "1", TestImage.CreateArtifact(Type, TestImage.TitledBlob("docs/file", "x")));

        await store.PullAsync("model:1");

        using Microsoft.Win32.SafeHandles.SafeFileHandle root = FileAt.OpenDirectory(store.LayerDirectories()[0]);
        using Microsoft.Win32.SafeHandles.SafeFileHandle docs = FileAt.OpenDirectory(root, "docs"u8);
        Assert.Equal([0x1EDu, 0x1EDu, 0x1A4u], [ModeOf(root, "."u8), ModeOf(root, "docs"u8), ModeOf(docs, "file"u8)]);
    }

    [Fact]
    public async Task PullAsync_ArchivesToUnpack_AreDirectories()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        byte[] plain = new TarBuilder().AddFile("plain/c", "c").Build();
        TestImage pushed = TestImage.CreateArtifact(
            Type,
            (TestImage.Compress(Archive), LayerType, [("org.opencontainers.image.title", "data"), ("io.deis.oras.content.unpack", "true"), ("io.deis.oras.content.digest", BlobDigest.Of(Archive).Value)]),
            (plain, "application/vnd.oci.image.layer.v1.tar", []),
            (TestImage.Compress(Archive), LayerType, [("org.opencontainers.image.title", "data.tgz")]));
        store.Registry.Add("model", "1", pushed);

        await store.PullAsync("model:1");

        Assert.Equal(["data.tgz", "data/a", "data/deep/b", "plain/c"], FilesOf(store).Select(static file => file.Key));
    }

    [Fact]
    public async Task PullAsync_ArchiveThatUnpacksToSomethingElse_IsRefused()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        (string, string)[] annotations = [("io.deis.oras.content.unpack", "true"), ("io.deis.oras.content.digest", BlobDigest.Of([1]).Value)];
        store.Registry.Add("model", "1", TestImage.CreateArtifact(Type, (TestImage.Compress(Archive), LayerType, annotations)));

        await AssertRefusedAsync(store, "unpacks to");
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("./")]
    [InlineData("../up")]
    [InlineData("a/../../up")]
    [InlineData("a/./b")]
    [InlineData("/etc/passwd")]
    [InlineData(".//etc/passwd")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("line\nbreak")]
    [InlineData("nul\0")]
    [InlineData("\u001F\u008B\b")]
    [InlineData("\uFFFD")]
    [InlineData(".wh.hidden")]
    [InlineData("a/.wh..wh..opq")]
    public async Task PullAsync_NameThatNoFileMayHave_IsRefused(string title)
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        store.Registry.Add("model", "1", TestImage.CreateArtifact(Type, TestImage.TitledBlob("good", "good"), TestImage.TitledBlob(title, "bad")));

        await AssertRefusedAsync(store, "a file of the artifact is named");
    }

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a", "./a")]
    [InlineData("a", "a/b")]
    [InlineData("a/b/c", "a/b")]
    public async Task PullAsync_NamesThatExcludeEachOther_AreRefused(string first, string second)
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        store.Registry.Add("model", "1", TestImage.CreateArtifact(Type, TestImage.TitledBlob(first, "1"), TestImage.TitledBlob(second, "2")));

        await AssertRefusedAsync(store, "several files named");
    }

    [Fact]
    public async Task PullAsync_NameOfAbsurdLength_IsRefused()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        foreach (string title in new[] { new string('n', 256), string.Join('/', Enumerable.Repeat("dir", 300)) })
        {
            store.Registry.Add("model", "1", TestImage.CreateArtifact(Type, TestImage.TitledBlob(title, "x")));
            await AssertRefusedAsync(store, "a file of the artifact is named");
        }
    }

    [Theory]
    [InlineData("damaged")]
    [InlineData("contents")]
    public async Task PullAsync_DamagedBlobWithoutGrace_FailsAndLeavesNothing(string content)
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync(new ImagesOptions { LayerGrace = TimeSpan.Zero });
        store.Registry.Add("model", "1", TestImage.CreateArtifact(Type, TestImage.TitledBlob("good", "good"), TestImage.TitledBlob("bad", "content")));
        store.Registry.Corrupt(BlobDigest.Of("content"u8), Encoding.UTF8.GetBytes(content));

        await Assert.ThrowsAsync<CridException>(() => store.PullAsync("model:1"));

        AssertEmpty(store);
    }

    [Fact]
    public async Task PullAsync_ImageWithAManifestAsItsConfig_IsRefused()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        TestImage artifact = TestImage.CreateArtifact(Type, TestImage.TitledBlob("file", "x"));
        store.Registry.Add("model", "1", artifact);
        await store.PullAsync("model:1");
        byte[] manifest = Encoding.UTF8.GetBytes(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["config"] = TestImage.Describe("application/vnd.oci.image.config.v1+json", artifact.Manifest),
            ["layers"] = new JsonArray(),
        }.ToJsonString());
        store.Registry.Corrupt(artifact.Digest, artifact.Manifest);
        store.Registry.Add("evil", "1", manifest, TestImage.ManifestType);

        CridException exception = await Assert.ThrowsAsync<CridException>(() => store.PullAsync("evil:1"));

        Assert.Contains("is a manifest", exception.Message, StringComparison.Ordinal);
        Assert.Equal(Type, store.Images.Get(artifact.Digest.Value).ArtifactType);
        Assert.Equal(["file"], FilesOf(store).Select(static file => file.Key));
    }

    [Fact]
    public async Task VerifyAsync_DamagedFile_IsFoundAndRepaired()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        store.Registry.Add("model", "1", TestImage.CreateArtifact(Type, TestImage.TitledBlob("a", "aaaa"), TestImage.TitledBlob("b", "bbbb")));
        Image image = await store.PullAsync("model:1");
        await File.WriteAllTextAsync($"{store.LayerDirectories().Single(static path => File.Exists($"{path}/b"))}/b", "bxbb");

        VerificationReport found = await store.Images.VerifyAsync(repair: true, credentials: null, TestContext.Current.CancellationToken);
        VerificationReport after = await store.Images.VerifyAsync(repair: false, credentials: null, TestContext.Current.CancellationToken);

        Assert.Equal((true, image.Id.Value), (Assert.Single(found.Damage).Repaired, Assert.Single(found.Damage[0].Images)));
        Assert.Empty(after.Damage);
        Assert.Equal((2, 0), (after.Layers, after.Unprovable));
        Assert.Equal(["aaaa", "bbbb"], FilesOf(store).Select(static file => file.Value));
    }

    [Fact]
    public async Task ExportAsync_Imported_IsTheSameArtifact()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        await using ImageStoreFixture other = await ImageStoreFixture.StartAsync();
        TestImage pushed = TestImage.CreateArtifact(
            Type, TestImage.TitledBlob("a", "aaaa"), TestImage.TitledBlob("docs/b", ""), ("{}"u8.ToArray(), "application/vnd.oci.empty.v1+json", []), (Archive, "application/vnd.oci.image.layer.v1.tar", []));
        store.Registry.Add("model", "1", pushed);
        store.Registry.Add("app", "1", TestImage.Create(Archive));
        Image image = await store.PullAsync("model:1");
        await store.PullAsync("app:1");
        string path = $"{store.Root}/export.tar";

        await store.Images.ExportAsync([$"{store.Registry.Address}/app:1", image.Id.Value], path, TestContext.Current.CancellationToken);
        IReadOnlyList<Image> imported = await other.Images.ImportAsync(path, TestContext.Current.CancellationToken);

        Image again = Assert.Single(imported, static image => image.ArtifactType is not null);
        Assert.Equal((image.Id, image.ArtifactType), (again.Id, again.ArtifactType));
        Assert.Equal(image.Tags.Select(static tag => tag.ToString()), again.Tags.Select(static tag => tag.ToString()));
        Assert.Equal(FilesOf(store), FilesOf(other));
    }

    [Fact]
    public async Task ExportAsync_UnpackedArchive_IsExportedUncompressed()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        await using ImageStoreFixture other = await ImageStoreFixture.StartAsync();
        (string, string)[] annotations = [("org.opencontainers.image.title", "data"), ("io.deis.oras.content.unpack", "true")];
        store.Registry.Add("model", "1", TestImage.CreateArtifact(Type, (TestImage.Compress(Archive), LayerType, annotations), TestImage.TitledBlob("a", "aaaa")));
        Image image = await store.PullAsync("model:1");
        string path = $"{store.Root}/export.tar";

        await store.Images.ExportAsync([image.Id.Value], path, TestContext.Current.CancellationToken);
        Image again = Assert.Single(await other.Images.ImportAsync(path, TestContext.Current.CancellationToken));

        Assert.Equal(Type, again.ArtifactType);
        Assert.NotEqual(image.Id, again.Id);
        Assert.Equal(image.Layers, again.Layers);
        Assert.Equal(FilesOf(store), FilesOf(other));
    }

    [Fact]
    public async Task ExportAsync_DamagedFile_LeavesNoFile()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        store.Registry.Add("model", "1", TestImage.CreateArtifact(Type, TestImage.TitledBlob("a", "aaaa")));
        Image image = await store.PullAsync("model:1");
        await File.WriteAllTextAsync($"{store.LayerDirectories()[0]}/a", "axaa");

        CridException exception = await Assert.ThrowsAsync<CridException>(() => store.Images.ExportAsync([image.Id.Value], $"{store.Root}/export.tar", CancellationToken.None));

        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
        Assert.Empty(Directory.GetFiles(store.Root, "export*"));
    }

    private static async Task AssertRefusedAsync(ImageStoreFixture store, string message)
    {
        CridException exception = await Assert.ThrowsAsync<CridException>(() => store.PullAsync("model:1"));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(exception.Message, char.IsControl);
        AssertEmpty(store);
    }

    private static void AssertEmpty(ImageStoreFixture store)
    {
        Assert.Empty(store.Images.List());
        Assert.Empty(store.TemporaryFiles());
        Assert.Empty(store.LayerDirectories());
    }

    private static uint ModeOf(Microsoft.Win32.SafeHandles.SafeFileHandle parent, ReadOnlySpan<byte> name)
    {
        FileStatus status = FileMetadata.FindStatus(parent, name).GetValueOrDefault();
        Assert.Equal((0u, 0u), (status.UserId, status.GroupId));
        return status.Mode & 0xFFF;
    }

    /// <summary>The files of all layers with their content, by path.</summary>
    private static SortedDictionary<string, string> FilesOf(ImageStoreFixture store)
    {
        SortedDictionary<string, string> files = new(StringComparer.Ordinal);
        foreach (string layer in store.LayerDirectories())
        {
            foreach (string file in Directory.GetFiles(layer, "*", SearchOption.AllDirectories))
            {
                files.TryAdd(Path.GetRelativePath(layer, file), File.ReadAllText(file));
            }
        }

        return files;
    }
}
