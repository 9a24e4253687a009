using Crid.Core;
using Crid.Testing;

namespace Crid.Images.Tests;

/// <summary>What pulls that did not get to their end leave for the next ones, and for how long.</summary>
public sealed class InterruptedPullTests
{
    private static readonly byte[][] Archives = [.. Enumerable.Range(0, 4).Select(static i => new TarBuilder().AddDirectory($"d{i}").AddFile($"d{i}/file", $"content {i}").Build())];
    private static readonly string[] Blobs = [.. Archives.Select(static archive => BlobDigest.Of(TestImage.Compress(archive)).Value)];
    private static readonly TimeSpan Grace = new ImagesOptions().LayerGrace;

    [Fact]
    public async Task PullAsync_AfterOneThatFailed_FetchesTheMissingLayersOnly()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        await FailAtLastLayerAsync(store);
        Assert.Equal(3, store.LayerDirectories().Length);
        Assert.Empty(store.TemporaryFiles());
        Assert.Empty(store.Images.List());

        await store.RestartAsync();
        await store.PullAsync("app:1");

        Assert.Equal([1, 1, 1, 2], Blobs.Select(store.Registry.Count));
        Assert.Equal(4, store.LayerDirectories().Length);
        Assert.Empty((await store.Images.VerifyAsync(repair: false, credentials: null, TestContext.Current.CancellationToken)).Damage);
    }

    [Fact]
    public async Task PullAsync_AfterOneThatWasCancelled_FetchesTheMissingLayersOnly()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        store.Registry.Add("app", "1", TestImage.Create(Archives));
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Registry.BeforeBlob = name => name == Blobs[3] ? gate.Task : Task.CompletedTask;
        using CancellationTokenSource cancellation = new();
        Task<Image> pull = store.PullAsync("app:1", cancellationToken: cancellation.Token);
        await WaitUntilAsync(() => store.Images.GetUsage().InodesUsed > 0 && store.Images.ListPulls() is [{ LayersDone: 3 }]);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull);
        gate.SetResult();
        store.Registry.BeforeBlob = null;

        Assert.Empty(store.TemporaryFiles());
        Assert.Equal(3, store.LayerDirectories().Length);
        await store.PullAsync("app:1");
        Assert.Equal([1, 1, 1, 2], Blobs.Select(store.Registry.Count));
    }

    [Fact]
    public async Task PullAsync_LayersOfAFailedPullOfAnotherImage_AreNotFetchedAgain()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        store.Registry.Add("other", "1", TestImage.Create(Archives[0], Archives[1]));
        await FailAtLastLayerAsync(store);

        await store.PullAsync("other:1");

        Assert.Equal([1, 1, 1, 1], Blobs.Select(store.Registry.Count));
    }

    [Fact]
    public async Task Timer_GraceOver_RemovesTheLayers()
    {
        ManualTime time = new();
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync(time: time);
        await FailAtLastLayerAsync(store);
        time.Advance(Grace - TimeSpan.FromSeconds(1));
        Assert.Equal(3, store.LayerDirectories().Length);
        Assert.True(store.Images.GetUsage().UsedBytes > 0);

        time.Advance(TimeSpan.FromSeconds(1));

        await WaitUntilAsync(() => store.LayerDirectories().Length == 0);
        Assert.Equal((0UL, 0UL), (store.Images.GetUsage().UsedBytes, store.Images.GetUsage().InodesUsed));
        await store.PullAsync("app:1");
        Assert.Equal([2, 2, 2, 2], Blobs.Select(store.Registry.Count));
    }

    [Fact]
    public async Task OpenAsync_LayersWait_CountsFromWhenTheyWereFinished()
    {
        ManualTime time = new();
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync(time: time);
        await FailAtLastLayerAsync(store);
        time.Advance(Grace / 2);

        await store.RestartAsync();
        Assert.Equal(3, store.LayerDirectories().Length);
        time.Advance(Grace / 2);
        await WaitUntilAsync(() => store.LayerDirectories().Length == 0);
    }

    [Fact]
    public async Task OpenAsync_GraceOverMeanwhile_RemovesTheLayers()
    {
        ManualTime time = new();
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync(time: time);
        await FailAtLastLayerAsync(store);
        await store.CloseAsync();
        time.Advance(Grace);

        await store.RestartAsync();

        Assert.Empty(store.LayerDirectories());
    }

    [Fact]
    public async Task RemoveAsync_LastImageOfALayer_FreesItAtOnce()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        store.Registry.Add("first", "1", TestImage.Create(Archives[0], Archives[1]));
        store.Registry.Add("second", "1", TestImage.Create(Archives[0], Archives[2]));
        await store.PullAsync("first:1");
        await store.PullAsync("second:1");
        ulong both = store.Images.GetUsage().UsedBytes;

        await store.Images.RemoveAsync(store.Reference("first:1").ToString(), CancellationToken.None);

        Assert.Equal(2, store.LayerDirectories().Length);
        Assert.InRange(store.Images.GetUsage().UsedBytes, 1UL, both - 1);
        await store.RestartAsync();
        await store.Images.RemoveAsync(store.Reference("second:1").ToString(), CancellationToken.None);
        Assert.Empty(store.LayerDirectories());
        Assert.Equal(0UL, store.Images.GetUsage().UsedBytes);
    }

    [Fact]
    public async Task RemoveAsync_AnyImage_FreesWhatFailedPullsHaveLeft()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        await FailAtLastLayerAsync(store);
        store.Registry.Add("other", "1", TestImage.Create(Archives[0]));
        await store.PullAsync("other:1");

        await store.Images.RemoveAsync(store.Reference("other:1").ToString(), CancellationToken.None);

        Assert.Empty(store.LayerDirectories());
    }

    [Fact]
    public async Task PullAsync_BeyondALimit_KeepsNothing()
    {
        byte[] large = new TarBuilder().AddFile("large", new byte[100_000]).Build();
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync(new ImagesOptions { Limits = new UnpackLimits(50_000, 100, 32 << 20) });
        store.Registry.Add("app", "1", TestImage.Create(Archives[0], large));
        string blob = BlobDigest.Of(TestImage.Compress(large)).Value;
        store.Registry.BeforeBlob = name => name == blob ? WaitUntilAsync(() => store.Images.ListPulls() is [{ LayersDone: 1 }]) : Task.CompletedTask;

        CridException exception = await Assert.ThrowsAsync<CridException>(() => store.PullAsync("app:1"));

        Assert.Equal(ErrorKind.ResourceExhausted, exception.Kind);
        Assert.Empty(store.LayerDirectories());
    }

    [Fact]
    public async Task PullAsync_ImagesThatShareALayerAtOnce_FetchItOnce()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        store.Registry.Add("first", "1", TestImage.Create(Archives[0], Archives[1]));
        store.Registry.Add("second", "1", TestImage.Create(Archives[0], Archives[2]));
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Registry.BeforeBlob = name => name == Blobs[0] ? gate.Task : Task.CompletedTask;

        // Both have all but the layer that they share, so both wait for that one.
        Task<Image> first = store.PullAsync("first:1");
        Task<Image> second = store.PullAsync("second:1");
        await WaitUntilAsync(() => store.Images.ListPulls() is [{ LayersDone: 1 }, { LayersDone: 1 }]);
        gate.SetResult();
        await Task.WhenAll(first, second);

        Assert.Equal([1, 1, 1, 0], Blobs.Select(store.Registry.Count));
        Assert.Equal(3, store.LayerDirectories().Length);
        await store.PullAsync("second:1");
        Assert.Equal([1, 1, 1, 0], Blobs.Select(store.Registry.Count));
    }

    // All layers but the last are finished when the last one fails.
    private static async Task FailAtLastLayerAsync(ImageStoreFixture store)
    {
        store.Registry.Add("app", "1", TestImage.Create(Archives));
        store.Registry.BeforeBlob = name => name == Blobs[3] ? WaitUntilAsync(() => store.Images.ListPulls() is [{ LayersDone: 3 }]) : Task.CompletedTask;
        byte[] sound = TestImage.Compress(Archives[3]);
        store.Registry.Corrupt(BlobDigest.Parse(Blobs[3]), [.. sound[..^1], (byte)~sound[^1]]);

        await Assert.ThrowsAsync<CridException>(() => store.PullAsync("app:1"));

        store.Registry.BeforeBlob = null;
        store.Registry.Corrupt(BlobDigest.Parse(Blobs[3]), sound);
    }

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(20));
        while (!condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }
}
