using System.Collections.Concurrent;
using Crid.Core;
using Crid.Testing;

namespace Crid.Images.Tests;

/// <summary>What hosts.toml and the answers of registries make pulls do, as the registries see it.</summary>
public sealed class MirrorTests
{
    private static readonly byte[] Layer = new TarBuilder().AddDirectory("etc").Build();
    private static readonly TestImage Pushed = TestImage.Create(Layer);

    [Fact]
    public async Task PullAsync_MirrorThatMayPullOnly_IsNotAskedWhatATagMeans()
    {
        using TestRegistry mirror = new();
        mirror.Add("app", "1", Pushed);
        await using ImageStoreFixture store = await StartAsync($"""
            [host."http://{mirror.Address}"]
              capabilities = ["pull"]
            """);
        store.Registry.Add("app", "1", Pushed);

        await store.PullAsync("app:1");

        Assert.Equal(0, mirror.Count("/manifests/1"));
        Assert.Equal(["HEAD /v2/app/manifests/1"], store.Registry.Requests.Select(static request => request.Split('?')[0]));
        Assert.Equal(1, mirror.Count(BlobDigest.Of(TestImage.Compress(Layer)).Value));
    }

    [Fact]
    public async Task PullAsync_ServerIsTheMirror_NeverGoesPastIt()
    {
        using TestRegistry mirror = new();
        await using ImageStoreFixture store = await StartAsync($"""server = "http://{mirror.Address}" """);
        store.Registry.Add("app", "1", Pushed);

        CridException exception = await Assert.ThrowsAsync<CridException>(() => store.PullAsync("app:1"));

        Assert.Equal(ErrorKind.NotFound, exception.Kind);
        Assert.NotEmpty(mirror.Requests);
        Assert.Empty(store.Registry.Requests);
    }

    [Fact]
    public async Task PullAsync_MirrorsThatFail_AreFollowedByTheNextAndTheServer()
    {
        using TestRegistry empty = new();
        using TestRegistry broken = new();
        broken.Intercept = static context =>
        {
            TestRegistry.Respond(context, 500);
            return true;
        };
        await using ImageStoreFixture store = await StartAsync($"""
            [host."http://127.0.0.1:1"]
            [host."http://{empty.Address}"]
            [host."http://{broken.Address}"]
            """);
        store.Registry.Add("app", "1", Pushed);

        Assert.Equal(Pushed.Id, (await store.PullAsync("app:1")).Id);
        Assert.NotEmpty(empty.Requests);
        Assert.NotEmpty(broken.Requests);
    }

    [Fact]
    public async Task PullAsync_MirrorWithAListOfNoErrors_IsFollowedByTheServer()
    {
        using TestRegistry mirror = new();
        mirror.Intercept = static context =>
        {
            TestRegistry.Respond(context, 404, """{"errors":[null]}""");
            return true;
        };
        await using ImageStoreFixture store = await StartAsync($"""[host."http://{mirror.Address}"]""");
        store.Registry.Add("app", "1", Pushed);

        Assert.Equal(Pushed.Id, (await store.PullAsync("app:1")).Id);
        Assert.NotEmpty(mirror.Requests);
    }

    [Fact]
    public async Task PullAsync_PathAndHeadersOfAMirror_AreUsed()
    {
        using TestRegistry mirror = new();
        ConcurrentBag<string?> headers = [];
        mirror.Add("app", "1", Pushed);
        mirror.Intercept = context =>
        {
            headers.Add(context.Request.Headers["x-team"]);
            return false;
        };
        await using ImageStoreFixture store = await StartAsync($"""
            [host."http://{mirror.Address}/own"]
              override_path = true
            [host."http://{mirror.Address}/own".header]
              x-team = "nodes"
            """);

        await store.PullAsync("app:1");

        Assert.All(mirror.Requests, static request => Assert.Contains(" /own/app/", request, StringComparison.Ordinal));
        Assert.All(headers, static header => Assert.Equal("nodes", header));
        Assert.Empty(store.Registry.Requests);
    }

    [Fact]
    public async Task PullAsync_RetryAfter_IsWaitedFor()
    {
        ManualTime time = new();
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync(time: time);
        store.Registry.Add("app", "1", Pushed);
        ConcurrentQueue<DateTimeOffset> requests = new();
        store.Registry.Intercept = context =>
        {
            requests.Enqueue(time.GetUtcNow());
            if (requests.Count == 1)
            {
                TestRegistry.Respond(context, 429, "", ("Retry-After", "7"));
                return true;
            }

            return false;
        };

        Task<Image> pull = store.PullAsync("app:1");
        while (requests.Count < 2)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        Assert.Equal(Pushed.Id, (await pull).Id);
        DateTimeOffset[] times = [.. requests.Take(2)];
        Assert.True(times[1] - times[0] >= TimeSpan.FromSeconds(7), $"asked again after {times[1] - times[0]}");
    }

    private static async Task<ImageStoreFixture> StartAsync(string hosts)
    {
        ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        string certs = $"{store.Root}/certs.d/{store.Registry.Address.Replace(':', '_')}_";
        Directory.CreateDirectory(certs);
        await File.WriteAllTextAsync($"{certs}/hosts.toml", hosts);
        await store.RestartAsync(new RegistryOptions { CertsDirectory = $"{store.Root}/certs.d", RetryDelay = TimeSpan.FromMilliseconds(1) });
        return store;
    }
}
