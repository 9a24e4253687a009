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
