using Crid.Core;
using Crid.Testing;

namespace Crid.Images.Tests;

public sealed class LayerSlotsTests
{
    private static readonly PullTracker First = new(ImageReference.Parse("first"));
    private static readonly PullTracker Second = new(ImageReference.Parse("second"));

    [Fact]
    public async Task EnterAsync_OnePull_GetsNoMoreThanTheLimit()
    {
        LayerSlots slots = new(limit: 2);

        Task[] entered = [.. Enumerable.Range(0, 4).Select(_ => slots.EnterAsync(First, TestContext.Current.CancellationToken))];
        Assert.Equal([true, true, false, false], entered.Select(static task => task.IsCompleted));
        slots.Leave(First);
        await entered[2];

        Assert.False(entered[3].IsCompleted);
        slots.Leave(First);
        await entered[3];
    }

    [Fact]
    public async Task EnterAsync_PullThatHoldsNone_GetsOneBeyondTheLimit()
    {
        LayerSlots slots = new(limit: 2);
        await slots.EnterAsync(First, TestContext.Current.CancellationToken);
        await slots.EnterAsync(First, TestContext.Current.CancellationToken);
        Task next = slots.EnterAsync(First, TestContext.Current.CancellationToken);

        await slots.EnterAsync(Second, TestContext.Current.CancellationToken);
        Task more = slots.EnterAsync(Second, TestContext.Current.CancellationToken);
        Assert.False(more.IsCompleted);
        slots.Leave(Second);
        await more;

        // The place of the second pull was beyond the limit: the first has to lose two before it gets another.
        Assert.False(next.IsCompleted);
        slots.Leave(First);
        Assert.False(next.IsCompleted);
        slots.Leave(First);
        await next;
    }

    [Fact]
    public async Task EnterAsync_Cancelled_LeavesThePlaceToTheNext()
    {
        LayerSlots slots = new(limit: 1);
        using CancellationTokenSource cancellation = new();
        await slots.EnterAsync(First, TestContext.Current.CancellationToken);
        Task cancelled = slots.EnterAsync(First, cancellation.Token);
        Task next = slots.EnterAsync(First, TestContext.Current.CancellationToken);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        slots.Leave(First);

        await next.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task PullAsync_AnotherImageIsSlow_IsNotHeldUp()
    {
        byte[][] archives = [.. Enumerable.Range(0, 4).Select(static i => new TarBuilder().AddDirectory($"d{i}").Build())];
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync(new ImagesOptions { ConcurrentLayers = 1 });
        store.Registry.Add("slow", "1", TestImage.Create(archives[0], archives[1]));
        store.Registry.Add("app", "1", TestImage.Create(archives[2], archives[3]));
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        string[] slowBlobs = [.. archives.Take(2).Select(static archive => BlobDigest.Of(TestImage.Compress(archive)).Value)];
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Registry.BeforeBlob = name =>
        {
            if (!slowBlobs.Contains(name))
            {
                return Task.CompletedTask;
            }

            reached.TrySetResult();
            return gate.Task;
        };

        Task<Image> slow = store.PullAsync("slow:1");
        await reached.Task;
        Image image = await store.PullAsync("app:1").WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        Assert.Equal([store.Reference("app:1")], image.Tags);
        Assert.Equal(1, slowBlobs.Sum(store.Registry.Count));
        gate.SetResult();
        Assert.Equal([store.Reference("slow:1")], (await slow).Tags);
    }
}
