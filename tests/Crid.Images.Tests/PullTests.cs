using System.Text;
using System.Text.Json.Nodes;
using Crid.Core;
using Crid.Testing;

namespace Crid.Images.Tests;

public sealed class PullTests
{
    private static readonly byte[] Base = new TarBuilder().AddDirectory("etc").AddFile("etc/name", "base").AddDirectory("bin").AddFile("bin/true", "x", mode: 0x1ED).Build();
    private static readonly byte[] Top = new TarBuilder().AddDirectory("etc").AddFile("etc/name", "top").Build();

    private static readonly ImagesOptions WithoutGrace = new() { LayerGrace = TimeSpan.Zero };

    [Fact]
    public async Task PullAsync_Tag_UnpacksLayersAndRecordsNames()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        TestImage pushed = TestImage.Create(Base, Top);
        store.Registry.Add("team/app", "1", pushed);

        Image image = await store.PullAsync("team/app:1");

        Assert.Equal(pushed.Id, image.Id);
        Assert.Equal([store.Reference("team/app:1")], image.Tags);
        Assert.Equal([store.Reference($"team/app@{pushed.Digest}")], image.Digests);
        Assert.True(image.Size > 0);
        Assert.Equal(["/bin/true"], image.Config.Config!.Cmd);
        string[] contents = [.. store.LayerDirectories().Select(static directory => File.ReadAllText($"{directory}/etc/name")).Order()];
        Assert.Equal(["base", "top"], contents);
        Assert.Empty(store.TemporaryFiles());
        Assert.Empty(store.Images.ListPulls());
    }

    [Fact]
    public async Task PullAsync_AfterLayersThatFoundNoPlaceOnDisk_Succeeds()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync(new ImagesOptions { ConcurrentLayers = 1 });
        store.Registry.Add("app", "1", TestImage.Create(Base));
        Directory.Delete(store.Directories.Temporary);
        await File.WriteAllTextAsync(store.Directories.Temporary, "in the way", TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<IOException>(() => store.PullAsync("app:1"));
        File.Delete(store.Directories.Temporary);
        Directory.CreateDirectory(store.Directories.Temporary);

        Image image = await store.PullAsync("app:1").WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        Assert.Equal([store.Reference("app:1")], image.Tags);
    }

    [Fact]
    public async Task PullAsync_Digest_GivesNoTag()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        TestImage pushed = TestImage.Create(Base);
        store.Registry.Add("app", "1", pushed);

        Image image = await store.PullAsync($"app@{pushed.Digest}");

        Assert.Empty(image.Tags);
        Assert.Equal([store.Reference($"app@{pushed.Digest}")], image.Digests);
    }

    [Fact]
    public async Task PullAsync_AfterRestart_IsFoundByEveryName()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        TestImage pushed = TestImage.Create(Base);
        store.Registry.Add("app", "latest", pushed);
        Image pulled = await store.PullAsync("app");

        await store.RestartAsync();

        string address = store.Registry.Address;
        foreach (string name in new[]
                 {
                     pushed.Id.Value, pushed.Id.Digest.Hex, pushed.Id.Digest.Hex[..12], pushed.Id.Value[..20], $"{address}/app", $"{address}/app:latest",
                     $"{address}/app@{pushed.Digest}", $"{address}/app:other@{pushed.Digest}",
                 })
        {
            Assert.Equal(pulled.Id, store.Images.Get(name).Id);
        }

        Assert.Null(store.Images.Find("abc"));
        Assert.Null(store.Images.Find($"{address}/app:other"));
        CridException exception = Assert.Throws<CridException>(() => store.Images.Get("nothing"));
        Assert.Equal(ErrorKind.NotFound, exception.Kind);
    }

    [Fact]
    public async Task PullAsync_MovedTag_LeavesOldImageByDigest()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        TestImage first = TestImage.Create(Base);
        TestImage second = TestImage.Create(Base, Top);
        store.Registry.Add("app", "1", first);
        await store.PullAsync("app:1");
        store.Registry.Add("app", "1", second);

        Image moved = await store.PullAsync("app:1");

        Assert.Equal(second.Id, moved.Id);
        Assert.Equal(2, store.Images.List().Count);
        Assert.Empty(store.Images.Get(first.Id.Value).Tags);
        await store.RestartAsync();
        Assert.Empty(store.Images.Get(first.Id.Value).Tags);
        Assert.Equal(2, store.LayerDirectories().Length);
    }

    [Fact]
    public async Task PullAsync_LayerOfAnotherImage_IsNotDownloadedAgain()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        TestImage first = TestImage.Create(Base);
        store.Registry.Add("first", "1", first);
        store.Registry.Add("second", "1", TestImage.Create(Base, Top));
        await store.PullAsync("first:1");

        await store.PullAsync("second:1");

        Assert.Equal(2, store.LayerDirectories().Length);
        BlobDigest shared = BlobDigest.Of(TestImage.Compress(Base));
        Assert.Equal(1, store.Registry.Count(shared.Value));
    }

    [Fact]
    public async Task PullAsync_TwiceAtOnce_SharesOnePull()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        TestImage pushed = TestImage.Create(Base);
        store.Registry.Add("app", "1", pushed);
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Registry.BeforeBlob = _ => gate.Task;

        Task<Image> first = store.PullAsync("app:1");
        Task<Image> second = store.PullAsync("app:1");
        gate.SetResult();

        Assert.Equal((await first).Id, (await second).Id);
        Assert.Equal(1, store.Registry.Count("HEAD "));
    }

    [Fact]
    public async Task PullAsync_CancelledWithoutGrace_LeavesNothing()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync(WithoutGrace);
        TestImage pushed = TestImage.Create(Base, Top);
        store.Registry.Add("app", "1", pushed);
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        BlobDigest top = BlobDigest.Of(TestImage.Compress(Top));
        store.Registry.BeforeBlob = name =>
        {
            if (name != top.Value)
            {
                return Task.CompletedTask;
            }

            reached.TrySetResult();
            return gate.Task;
        };
        using CancellationTokenSource cancellation = new();

        Task<Image> pull = store.PullAsync("app:1", cancellationToken: cancellation.Token);
        await reached.Task;
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull);
        gate.SetResult();
        store.Registry.BeforeBlob = null;
        await WaitUntilAsync(() => store.TemporaryFiles().Length == 0 && store.LayerDirectories().Length == 0 && store.Images.ListPulls().Count == 0);
        Assert.Empty(store.Images.List());
        Assert.Equal(pushed.Id, (await store.PullAsync("app:1")).Id);
    }

    [Fact]
    public async Task PullAsync_Index_TakesThisPlatform()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        TestImage mine = TestImage.Create(Base);
        TestImage other = TestImage.Create([Top], TestImage.Compress, "mips");
        byte[] index = MakeIndex((other, "mips", "linux"), (mine, "unknown", "unknown"), (mine, TestImage.HostArchitecture, "linux"));
        store.Registry.Add("app", "1", index, "application/vnd.oci.image.index.v1+json", mine, other);

        Image image = await store.PullAsync("app:1");

        Assert.Equal(mine.Id, image.Id);
        Assert.Equal(BlobDigest.Of(index), image.Digests[0].Digest);
    }

    [Fact]
    public async Task PullAsync_IndexWithoutThisPlatform_IsNotFound()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        TestImage other = TestImage.Create([Top], TestImage.Compress, "mips");
        store.Registry.Add("app", "1", MakeIndex((other, "mips", "linux")), "application/vnd.oci.image.index.v1+json", other);

        CridException exception = await Assert.ThrowsAsync<CridException>(() => store.PullAsync("app:1"));

        Assert.Equal(ErrorKind.NotFound, exception.Kind);
        Assert.Contains("linux/mips", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PullAsync_UnknownTag_IsNotFound()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();

        CridException exception = await Assert.ThrowsAsync<CridException>(() => store.PullAsync("app:1"));

        Assert.Equal(ErrorKind.NotFound, exception.Kind);
        Assert.Contains("app:1", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PullAsync_NobodyListens_IsRegistryUnavailable()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();

        CridException exception = await Assert.ThrowsAsync<CridException>(
            () => store.Images.PullAsync(new PullRequest(ImageReference.Parse("127.0.0.1:1/app:1"), null), CancellationToken.None));

        Assert.Equal("RegistryUnavailable", exception.Reason);
        Assert.Equal(ErrorKind.Unavailable, exception.Kind);
    }

    [Fact]
    public async Task PullAsync_DamagedLayerWithoutGrace_FailsAndLeavesNothing()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync(WithoutGrace);
        TestImage pushed = TestImage.Create(Base, Top);
        store.Registry.Add("app", "1", pushed);
        BlobDigest top = BlobDigest.Of(TestImage.Compress(Top));
        byte[] damaged = TestImage.Compress(Top);
        damaged[9] ^= 1; // The operating system field of gzip: the content stays the same.
        store.Registry.Corrupt(top, damaged);

        CridException exception = await Assert.ThrowsAsync<CridException>(() => store.PullAsync("app:1"));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        Assert.Contains(top.Value, exception.Message, StringComparison.Ordinal);
        Assert.Empty(store.TemporaryFiles());
        Assert.Empty(store.LayerDirectories());
        Assert.Empty(store.Images.List());
    }

    [Fact]
    public async Task PullAsync_WrongDiffId_Fails()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        byte[] other = TestImage.Compress(Top);
        TestImage pushed = TestImage.Create([Base], archive => ReferenceEquals(archive, Base) ? other : TestImage.Compress(archive));
        store.Registry.Add("app", "1", pushed);

        CridException exception = await Assert.ThrowsAsync<CridException>(() => store.PullAsync("app:1"));

        Assert.Contains("the image names", exception.Message, StringComparison.Ordinal);
        Assert.Empty(store.LayerDirectories());
    }

    [Fact]
    public async Task PullAsync_BrokenConnection_ResumesWhereItEnded()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        byte[] noise = new byte[300_000];
        new Random(1).NextBytes(noise);
        byte[] archive = new TarBuilder().AddFile("noise", noise).Build();
        TestImage pushed = TestImage.Create(archive);
        store.Registry.Add("app", "1", pushed);
        string layer = BlobDigest.Of(TestImage.Compress(archive)).Value;
        int breaks = 2;
        store.Registry.BreakAfter = name => name == layer && breaks-- > 0 ? 100_000 : null;

        await store.PullAsync("app:1");

        Assert.Equal(noise, File.ReadAllBytes($"{store.LayerDirectories()[0]}/noise"));
        Assert.True(store.Registry.Count(layer) >= 2);
    }

    [Fact]
    public async Task PullAsync_ServerErrors_AreRetried()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        store.Registry.Add("app", "1", TestImage.Create(Base));
        int failures = 3;
        store.Registry.Intercept = context =>
        {
            if (Interlocked.Decrement(ref failures) < 0)
            {
                return false;
            }

            TestRegistry.Respond(context, failures == 1 ? 429 : 503);
            return true;
        };

        Image image = await store.PullAsync("app:1");

        Assert.NotEmpty(image.Tags);
    }

    [Fact]
    public async Task RemoveAsync_AnyName_RemovesImageAndUnsharedLayers()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        store.Registry.Add("first", "1", TestImage.Create(Base));
        store.Registry.Add("second", "1", TestImage.Create(Base, Top));
        await store.PullAsync("first:1");
        Image second = await store.PullAsync("second:1");

        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => store.Images.RemoveAsync(store.Reference("second:1").ToString(), CancellationToken.None)));
        await store.Images.RemoveAsync("no-such-image", CancellationToken.None);

        Assert.Null(store.Images.Find(second.Id.Value));
        Assert.Single(store.LayerDirectories());
        Assert.True(store.Images.GetUsage().UsedBytes > 0);
        await store.Images.RemoveAsync(store.Reference("first:1").ToString(), CancellationToken.None);
        Assert.Equal(0UL, store.Images.GetUsage().UsedBytes);
    }

    [Fact]
    public async Task OpenAsync_Leftovers_AreRemoved()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        store.Registry.Add("app", "1", TestImage.Create(Base));
        await store.PullAsync("app:1");
        Directory.CreateDirectory($"{store.Directories.Temporary}/layer-9/fs");
        Directory.CreateDirectory($"{store.Directories.Layers}/17/fs");

        await store.RestartAsync();

        Assert.Empty(store.TemporaryFiles());
        Assert.Single(store.LayerDirectories());
        Assert.Single(store.Images.List());
    }

    [Theory]
    [InlineData("""{"schemaVersion":2,"config":{"digest":"x","size":1},"layers":[],"manifests":[]}""", "ambiguous")]
    [InlineData("""{"schemaVersion":1,"fsLayers":[]}""", "schema 1")]
    [InlineData("""{"schemaVersion":2}""", "neither")]
    [InlineData("not json", "not valid")]
    public async Task PullAsync_BadManifest_IsRefused(string document, string expected)
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        store.Registry.Add("app", "1", Encoding.UTF8.GetBytes(document), TestImage.ManifestType);

        CridException exception = await Assert.ThrowsAsync<CridException>(() => store.PullAsync("app:1"));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    private static byte[] MakeIndex(params (TestImage Image, string Architecture, string Os)[] entries)
    {
        JsonArray manifests = [];
        foreach ((TestImage image, string architecture, string os) in entries)
        {
            JsonObject entry = TestImage.Describe(TestImage.ManifestType, image.Manifest);
            entry["platform"] = new JsonObject { ["architecture"] = architecture, ["os"] = os };
            manifests.Add(entry);
        }

        return Encoding.UTF8.GetBytes(new JsonObject { ["schemaVersion"] = 2, ["manifests"] = manifests }.ToJsonString());
    }

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(10));
        while (!condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }
}
