using System.Text;
using Crid.Core;
using Crid.Linux;
using Crid.Testing;
using Microsoft.Win32.SafeHandles;

namespace Crid.Images.Tests;

public sealed class MaintenanceTests
{
    private static readonly byte[] Base = new TarBuilder()
        .AddDirectory("etc", modified: 5).AddFile("etc/passwd", "root", mode: 0x9ED, user: 1, group: 2, modified: 6).AddSymbolicLink("link", "etc")
        .AddHardLink("etc/passwd-", "etc/passwd").AddPax(("SCHILY.xattr.user.note", "n"u8.ToArray())).AddFile("noted", "x").AddDevice('3', "null", 1, 3).Build();

    private static readonly byte[] Top = new TarBuilder().AddDirectory("opt").AddFile("opt/app", new byte[300_000]).AddDirectory("etc").AddFile("etc/.wh.passwd-", "").Build();

    [Fact]
    public async Task VerifyAsync_SoundStore_FindsNothing()
    {
        await using ImageStoreFixture store = await StartAsync();

        VerificationReport report = await store.Images.VerifyAsync(repair: false, credentials: null, TestContext.Current.CancellationToken);

        Assert.Empty(report.Damage);
        Assert.Equal(2, report.Layers);
        Assert.Equal(0, report.Unprovable);
        Assert.Equal(Base.Length + Top.Length, report.Bytes);
    }

    [Theory]
    [InlineData("content")]
    [InlineData("size")]
    [InlineData("missing")]
    [InlineData("mode")]
    [InlineData("owner")]
    [InlineData("time")]
    [InlineData("link")]
    [InlineData("hard link")]
    [InlineData("attribute")]
    [InlineData("device")]
    [InlineData("kind")]
    [InlineData("layer")]
    [InlineData("skeleton")]
    public async Task VerifyAsync_Damage_IsFoundAndRepaired(string kind)
    {
        await using ImageStoreFixture store = await StartAsync();
        Image before = store.Images.List()[0];
        Damage(BaseLayer(store), kind);

        VerificationReport found = await store.Images.VerifyAsync(repair: false, credentials: null, TestContext.Current.CancellationToken);
        VerificationReport repaired = await store.Images.VerifyAsync(repair: true, credentials: null, TestContext.Current.CancellationToken);
        VerificationReport after = await store.Images.VerifyAsync(repair: false, credentials: null, TestContext.Current.CancellationToken);

        LayerDamage damage = Assert.Single(found.Damage);
        Assert.Equal((new DiffId(BlobDigest.Of(Base)), false), (damage.Layer, damage.Repaired));
        Assert.Equal([before.Id.Value], damage.Images);
        Assert.True(Assert.Single(repaired.Damage).Repaired);
        Assert.Empty(after.Damage);
        Assert.Equal(before.Id, Assert.Single(store.Images.List()).Id);
        Assert.Equal(2, store.LayerDirectories().Length);
    }

    [Fact]
    public async Task VerifyAsync_ImageRemovedMeanwhile_IsNoDamage()
    {
        await using ImageStoreFixture store = await StartAsync();
        string image = store.Images.List()[0].Id.Value;
        using CallbackLogger logger = new("is damaged", () => store.Images.RemoveAsync(image, CancellationToken.None).GetAwaiter().GetResult());
        store.Loggers = logger;
        await store.RestartAsync();
        string first = store.LayerDirectories()[0];
        File.WriteAllText(first == BaseLayer(store) ? $"{first}/noted" : $"{first}/opt/app", "changed");

        VerificationReport report = await store.Images.VerifyAsync(repair: false, credentials: null, TestContext.Current.CancellationToken);

        Assert.Empty(store.Images.List());
        Assert.Equal((1, 1), (report.Layers, report.Damage.Count));
    }

    [Fact]
    public async Task VerifyAsync_RegistryAway_KeepsTheImageAndTellsWhy()
    {
        await using ImageStoreFixture store = await StartAsync();
        Damage(BaseLayer(store), "content");
        store.Registry.Intercept = static context =>
        {
            TestRegistry.Respond(context, 404);
            return true;
        };

        VerificationReport report = await store.Images.VerifyAsync(repair: true, credentials: null, TestContext.Current.CancellationToken);
        store.Registry.Intercept = null;
        await store.RestartAsync();

        LayerDamage damage = Assert.Single(report.Damage);
        Assert.False(damage.Repaired);
        Assert.Contains("does not have", damage.RepairFailure, StringComparison.Ordinal);
        Assert.Single(store.Images.List());
        await store.PullAsync("app:1");
        Assert.Empty((await store.Images.VerifyAsync(repair: false, credentials: null, TestContext.Current.CancellationToken)).Damage);
    }

    [Fact]
    public async Task VerifyAsync_TagMovedToAnotherImage_IsNotRepaired()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        TestImage saved = TestImage.Create(Base);
        string path = $"{store.Root}/saved.tar";
        string manifest = $$"""[{"Config": "config.json", "RepoTags": ["{{store.Reference("app:1")}}"], "Layers": ["layer.tar"]}]""";
        await File.WriteAllBytesAsync(
            path, new TarBuilder().AddFile("manifest.json", manifest).AddFile("config.json", saved.Config).AddFile("layer.tar", Base).Build(), TestContext.Current.CancellationToken);
        await store.Images.ImportAsync(path, TestContext.Current.CancellationToken);
        store.Registry.Add("app", "1", TestImage.Create(Top));
        Damage(BaseLayer(store), "content");

        VerificationReport report = await store.Images.VerifyAsync(repair: true, credentials: null, TestContext.Current.CancellationToken);

        LayerDamage damage = Assert.Single(report.Damage);
        Assert.False(damage.Repaired);
        Assert.Contains($"{saved.Id} still has it", damage.RepairFailure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAsync_LayerGone_IsFetchedByTheNextPull()
    {
        await using ImageStoreFixture store = await StartAsync();
        DirectoryTree.Remove(Path.GetDirectoryName(BaseLayer(store))!);

        await store.RestartAsync();
        await store.PullAsync("app:1");

        Assert.Equal(2, store.LayerDirectories().Length);
        Assert.Empty((await store.Images.VerifyAsync(repair: false, credentials: null, TestContext.Current.CancellationToken)).Damage);
    }

    [Fact]
    public async Task ExportAsync_Imported_IsTheSameImage()
    {
        await using ImageStoreFixture store = await StartAsync();
        await using ImageStoreFixture other = await ImageStoreFixture.StartAsync();
        Image image = store.Images.List()[0];
        string path = $"{store.Root}/export.tar";

        await store.Images.ExportAsync([image.Id.Value, store.Reference("app:1").ToString()], path, TestContext.Current.CancellationToken);
        Image imported = Assert.Single(await other.Images.ImportAsync(path, TestContext.Current.CancellationToken));

        Assert.Equal(image.Id, imported.Id);
        Assert.Equal(image.Tags.Select(static tag => tag.ToString()), imported.Tags.Select(static tag => tag.ToString()));
        Assert.Equal(image.Layers, imported.Layers);
        Assert.Empty((await other.Images.VerifyAsync(repair: false, credentials: null, TestContext.Current.CancellationToken)).Damage);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal([path], Directory.GetFiles(store.Root, "export*"));
    }

    [Fact]
    public async Task ExportAsync_RepairedAfterItWasFound_HasTheNewLayers()
    {
        await using ImageStoreFixture store = await StartAsync();
        string image = store.Images.List()[0].Id.Value;
        Damage(BaseLayer(store), "content");
        string path = $"{store.Root}/export.tar";
        InterruptedNames names = new(image, () => store.Images.VerifyAsync(repair: true, credentials: null, CancellationToken.None).GetAwaiter().GetResult());

        await store.Images.ExportAsync(names, path, TestContext.Current.CancellationToken);
        await store.Images.RemoveAsync(image, TestContext.Current.CancellationToken);

        Assert.Empty(store.LayerDirectories());
        Assert.Equal(image, Assert.Single(await store.Images.ImportAsync(path, TestContext.Current.CancellationToken)).Id.Value);
    }

    [Fact]
    public async Task ExportAsync_DamagedOrUnknown_LeavesNoFile()
    {
        await using ImageStoreFixture store = await StartAsync();
        Damage(BaseLayer(store), "content");
        string path = $"{store.Root}/export.tar";

        CridException damaged = await Assert.ThrowsAsync<CridException>(() => store.Images.ExportAsync([store.Reference("app:1").ToString()], path, CancellationToken.None));
        CridException unknown = await Assert.ThrowsAsync<CridException>(() => store.Images.ExportAsync(["nothing"], path, CancellationToken.None));

        Assert.Equal((ErrorKind.FailedPrecondition, ErrorKind.NotFound), (damaged.Kind, unknown.Kind));
        Assert.Empty(Directory.GetFiles(store.Root, "export*"));
    }

    [Fact]
    public async Task OpenAsync_PreloadDirectory_IsImportedOnceAndPinned()
    {
        await using ImageStoreFixture source = await StartAsync();
        string directory = Directory.CreateDirectory($"{source.Root}/preload").FullName;
        await source.Images.ExportAsync([source.Reference("app:1").ToString()], $"{directory}/app.tar", CancellationToken.None);
        await File.WriteAllTextAsync($"{directory}/a-broken.tar", "no archive", TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(
            $"{directory}/a-null.tar", new TarBuilder().AddFile("index.json", """{"manifests":[null]}""").Build(), TestContext.Current.CancellationToken);
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync(new ImagesOptions { PreloadDirectory = directory });

        await WaitForAsync(() => File.Exists($"{store.Directories.Root}/preloaded"));
        Image image = Assert.Single(store.Images.List());
        await store.Images.RemoveAsync(image.Id.Value, CancellationToken.None);
        await store.RestartAsync();

        Assert.True(image.Pinned);
        Assert.Empty(store.Images.List());
    }

    [Theory]
    [InlineData("*/app:1", true)]
    [InlineData("*app*", true)]
    [InlineData("127.0.0.1*", true)]
    [InlineData("other*", false)]
    [InlineData("app:1", false)]
    public async Task List_PinnedNames_AreShown(string pattern, bool pinned)
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync(new ImagesOptions { PinnedImages = [pattern] });
        store.Registry.Add("app", "1", TestImage.Create(Base));
        await store.PullAsync("app:1");

        Assert.Equal(pinned, store.Images.List()[0].Pinned);
        Assert.Equal(pinned, store.Images.Get(store.Reference("app:1").ToString()).Pinned);
    }

    private static async Task<ImageStoreFixture> StartAsync()
    {
        ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        store.Registry.Add("app", "1", TestImage.Create(Base, Top));
        await store.PullAsync("app:1");
        return store;
    }

    // Layers get their numbers in the order in which they start, which is any.
    private static string BaseLayer(ImageStoreFixture store) => store.LayerDirectories().Single(static layer => File.Exists($"{layer}/noted"));

    private static void Damage(string layer, string kind)
    {
        using SafeFileHandle root = FileAt.OpenDirectory(layer);
        DateTime time = File.GetLastWriteTimeUtc($"{layer}/etc/passwd");
        switch (kind)
        {
            case "content":
                File.WriteAllText($"{layer}/etc/passwd", "toor");
                File.SetLastWriteTimeUtc($"{layer}/etc/passwd", time);
                break;
            case "size":
                File.AppendAllText($"{layer}/etc/passwd", "x");
                break;
            case "missing":
                File.Delete($"{layer}/noted");
                break;
            case "mode":
                File.SetUnixFileMode($"{layer}/etc/passwd", UnixFileMode.UserRead);
                break;
            case "owner":
                FileMetadata.SetOwner(root, "link"u8, 7, 7);
                break;
            case "time":
                File.SetLastWriteTimeUtc($"{layer}/noted", DateTime.UnixEpoch);
                break;
            case "link":
                File.Delete($"{layer}/link");
                FileAt.MakeSymbolicLink("tmp"u8, root, "link"u8);
                FileMetadata.SetTimes(root, "link"u8, new FileTime(1_000_000_000, 0));
                break;
            case "hard link":
                File.Delete($"{layer}/etc/passwd-");
                File.WriteAllText($"{layer}/etc/passwd-", "root");
                break;
            case "attribute":
                FileMetadata.SetAttribute(root, "noted"u8, "user.note"u8, "other"u8);
                break;
            case "device":
                FileAt.TryRemoveFile(root, "null"u8);
                FileAt.MakeNode(root, "null"u8, FileKind.CharacterDevice, 0x1A4, 1, 5);
                FileMetadata.SetTimes(root, "null"u8, new FileTime(1_000_000_000, 0));
                break;
            case "kind":
                File.Delete($"{layer}/noted");
                Directory.CreateDirectory($"{layer}/noted");
                break;
            case "skeleton":
                File.WriteAllBytes($"{Path.GetDirectoryName(layer)}/archive.zst", Encoding.ASCII.GetBytes("damaged"));
                break;
            default:
                DirectoryTree.Remove(Path.GetDirectoryName(layer)!);
                break;
        }
    }

    private static async Task WaitForAsync(Func<bool> condition)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(20));
        while (!condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }
}
