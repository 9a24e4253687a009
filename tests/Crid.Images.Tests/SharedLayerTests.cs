using System.Net;
using Crid.Core;
using Crid.Testing;

namespace Crid.Images.Tests;

/// <summary>Pulls that have a layer in common and end differently.</summary>
public sealed class SharedLayerTests
{
    private static readonly byte[][] Archives = [.. Enumerable.Range(0, 3).Select(static i => new TarBuilder().AddDirectory($"d{i}").AddFile($"d{i}/file", $"content {i}").Build())];
    private static readonly string[] Blobs = [.. Archives.Select(static archive => BlobDigest.Of(TestImage.Compress(archive)).Value)];

    [Fact]
    public async Task PullAsync_TokenRunsOutAfterThePullThatBeganTheLayerFailed_IsRenewed()
    {
        ManualTime time = new();
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync(time: time);
        RequireTokens(store.Registry);
        store.Registry.Add("first", "1", TestImage.Create(Archives[0], Archives[1]));
        store.Registry.Add("second", "1", TestImage.Create(Archives[0], Archives[2]));
        store.Registry.Corrupt(BlobDigest.Parse(Blobs[1]), TestImage.Compress(Archives[2]));
        TaskCompletionSource shared = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource own = new(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Registry.BeforeBlob = name => name == Blobs[0] ? shared.Task : name == Blobs[1] ? own.Task : Task.CompletedTask;
        int breaks = 1;
        store.Registry.BreakAfter = name => name == Blobs[0] && breaks-- > 0 ? 10 : null;

        Task<Image> first = store.PullAsync("first:1");
        await WaitUntilAsync(() => store.Registry.Count(Blobs[0]) == 1);
        Task<Image> second = store.PullAsync("second:1");
        await WaitUntilAsync(() => store.Images.ListPulls().Any(static pull => pull.LayersDone == 1));
        own.SetResult();
        await Assert.ThrowsAsync<CridException>(() => first);
        time.Advance(TimeSpan.FromMinutes(10));
        shared.SetResult();
        await WaitUntilAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            return second.IsCompleted;
        });

        Assert.Equal([store.Reference("second:1")], (await second).Tags);
        Assert.Equal(2, store.Registry.Count(Blobs[0]));
    }

    [Fact]
    public async Task PullAsync_AnotherRegistryHoldsTheSameLayerBack_IsNotWaitedFor()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        using TestRegistry other = new();
        TestImage image = TestImage.Create(Archives[0]);
        store.Registry.Add("app", "1", image);
        other.Add("app", "1", image);
        TaskCompletionSource never = new(TaskCreationOptions.RunContinuationsAsynchronously);
        other.BeforeBlob = name => name == Blobs[0] ? never.Task : Task.CompletedTask;
        using CancellationTokenSource end = new();

        Task<Image> held = store.Images.PullAsync(new PullRequest(ImageReference.Parse($"{other.Address}/app:1"), null), end.Token);
        await WaitUntilAsync(() => other.Count(Blobs[0]) == 1);
        Image pulled = await store.PullAsync("app:1").WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        Assert.Equal(image.Id, pulled.Id);
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => held);
        never.SetResult();
        Assert.Single(store.LayerDirectories());
    }

    [Fact]
    public async Task PullAsync_BothRegistriesDeliverTheLayerAtOnce_KeepsOne()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        using TestRegistry other = new();
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (TestRegistry registry in new[] { store.Registry, other })
        {
            registry.Add("app", "1", TestImage.Create(Archives[0]));
            registry.BeforeBlob = name => name == Blobs[0] ? gate.Task : Task.CompletedTask;
        }

        Task<Image> first = store.PullAsync("app:1");
        Task<Image> second = store.Images.PullAsync(new PullRequest(ImageReference.Parse($"{other.Address}/app:1"), null), TestContext.Current.CancellationToken);
        await WaitUntilAsync(() => store.Registry.Count(Blobs[0]) + other.Count(Blobs[0]) == 2);
        gate.SetResult();

        Assert.Equal((await first).Id, (await second).Id);
        Assert.Single(store.LayerDirectories());
        Assert.Empty(store.TemporaryFiles());
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public async Task PullAsync_LayerThatAnotherPullBeganFails_IsTriedOnce(int refusals, bool succeeds)
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        store.Registry.Add("first", "1", TestImage.Create(Archives[0]));
        store.Registry.Add("second", "1", TestImage.Create(Archives[0], Archives[1]));
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Registry.Intercept = context =>
        {
            bool refused = context.Request.Url!.AbsolutePath.EndsWith(Blobs[0], StringComparison.Ordinal) && Interlocked.Decrement(ref refusals) >= 0;
            if (refused)
            {
                gate.Task.GetAwaiter().GetResult();
                TestRegistry.Respond(context, (int)HttpStatusCode.Forbidden);
            }

            return refused;
        };

        Task<Image> first = store.PullAsync("first:1");
        await WaitUntilAsync(() => store.Registry.Count(Blobs[0]) == 1);
        Task<Image> second = store.PullAsync("second:1");
        await WaitUntilAsync(() => store.Images.ListPulls().Any(static pull => pull.LayersDone == 1));
        gate.SetResult();

        await Assert.ThrowsAsync<CridException>(() => first);
        if (succeeds)
        {
            Assert.Equal([store.Reference("second:1")], (await second).Tags);
        }
        else
        {
            await Assert.ThrowsAsync<CridException>(() => second);
        }

        Assert.Equal(2, store.Registry.Count(Blobs[0]));
    }

    private static void RequireTokens(TestRegistry registry) => registry.Intercept = context =>
    {
        if (context.Request.Url!.AbsolutePath == "/token")
        {
            TestRegistry.Respond(context, 200, """{"token":"t","expires_in":300}""");
            return true;
        }

        bool refused = context.Request.Headers["Authorization"] != "Bearer t";
        if (refused)
        {
            TestRegistry.Respond(context, (int)HttpStatusCode.Unauthorized, "", ("WWW-Authenticate", $"Bearer realm=\"http://{registry.Address}/token\",service=\"s\""));
        }

        return refused;
    };

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(20));
        while (!condition())
        {
            await Task.Delay(10, limit.Token);
        }
    }
}
