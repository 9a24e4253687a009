using System.Net;
using Crid.Core;
using Crid.Testing;

namespace Crid.Images.Tests;

/// <summary>Pulls from a registry whose token server hands out the tokens t1, t2, ...</summary>
public sealed class TokenTests
{
    private static readonly byte[] Layer = new TarBuilder().AddDirectory("etc").Build();

    [Fact]
    public async Task PullAsync_Twice_UsesTheTokenAgain()
    {
        await using ImageStoreFixture store = await StartAsync(static token => token == "t1");

        await store.PullAsync("app:1", new RegistryCredentials { Username = "user", Password = "pass" });
        await store.PullAsync("app:1", new RegistryCredentials { Username = "user", Password = "pass" });

        Assert.Equal(1, store.Registry.Count("/token"));
    }

    [Fact]
    public async Task PullAsync_OtherCredentials_DoNotFindTheToken()
    {
        await using ImageStoreFixture store = await StartAsync(static token => token.StartsWith('t'));

        await store.PullAsync("app:1", new RegistryCredentials { Username = "user", Password = "pass" });
        await store.PullAsync("app:1", new RegistryCredentials { Username = "user", Password = "other" });
        await store.PullAsync("app:1");

        Assert.Equal(3, store.Registry.Count("/token"));
    }

    [Fact]
    public async Task PullAsync_TokenOfAnEarlierPullRevoked_IsRenewedOnce()
    {
        string accepted = "t1";
        await using ImageStoreFixture store = await StartAsync(token => token == accepted);
        await store.PullAsync("app:1");
        accepted = "t2";

        await store.PullAsync("app:1");
        accepted = "never";

        CridException exception = await Assert.ThrowsAsync<CridException>(() => store.PullAsync("app:1"));
        Assert.Equal(ErrorKind.PermissionDenied, exception.Kind);
        Assert.InRange(store.Registry.Count("/token"), 3, 4);
    }

    [Fact]
    public async Task PullAsync_IdentityToken_IsPostedToTheTokenServer()
    {
        string? form = null;
        await using ImageStoreFixture store = await StartAsync(static token => token == "t1", context =>
        {
            using StreamReader reader = new(context.Request.InputStream);
            form = $"{context.Request.HttpMethod} {reader.ReadToEnd()}";
        });

        await store.PullAsync("app:1", new RegistryCredentials { IdentityToken = "refresh/me" });

        Assert.Equal(
            "POST grant_type=refresh_token&refresh_token=refresh%2Fme&service=s&scope=repository%3Aapp%3Apull&client_id=crid", form);
        Assert.DoesNotContain(store.Registry.Requests, static request => request.Contains("refresh", StringComparison.Ordinal));
    }

    [Fact]
    public async Task PullAsync_RegistryToken_NeedsNoTokenServer()
    {
        await using ImageStoreFixture store = await StartAsync(static token => token == "mine");

        await store.PullAsync("app:1", new RegistryCredentials { RegistryToken = "mine" });

        Assert.Equal(0, store.Registry.Count("/token"));
    }

    [Fact]
    public async Task PullAsync_AnotherScopeIsAskedForEachTime_IsRefusedInTheEnd()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        int answers = 0;
        store.Registry.Intercept = context =>
        {
            if (context.Request.Url!.AbsolutePath == "/token")
            {
                TestRegistry.Respond(context, 200, """{"token":"t","expires_in":300}""");
                return true;
            }

            TestRegistry.Respond(context, 401, "", (
                "WWW-Authenticate",
                $"Bearer realm=\"http://{store.Registry.Address}/token\",service=\"s\",error=\"insufficient_scope\",scope=\"s{Interlocked.Increment(ref answers)}\""));
            return true;
        };

        CridException exception = await Assert.ThrowsAsync<CridException>(
            () => store.PullAsync("app:1").WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));

        Assert.Equal(ErrorKind.PermissionDenied, exception.Kind);
        Assert.InRange(answers, 2, 6);
    }

    [Fact]
    public void Find_TokenThatRanOut_IsNull()
    {
        ManualTime time = new();
        TokenCache cache = new(time);
        cache.Add("key", new BearerToken("t", time.GetUtcNow() + TimeSpan.FromMinutes(1)));

        BearerToken? early = cache.Find("key");
        time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal("t", early?.Value);
        Assert.Null(cache.Find("key"));
        Assert.DoesNotContain("t,", $"{early}", StringComparison.Ordinal);
    }

    private static async Task<ImageStoreFixture> StartAsync(Func<string, bool> accepts, Action<HttpListenerContext>? onToken = null)
    {
        ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        store.Registry.Add("app", "1", TestImage.Create(Layer));
        int tokens = 0;
        store.Registry.Intercept = context =>
        {
            if (context.Request.Url!.AbsolutePath == "/token")
            {
                onToken?.Invoke(context);
                TestRegistry.Respond(context, 200, $$"""{"token":"t{{Interlocked.Increment(ref tokens)}}","expires_in":300}""");
                return true;
            }

            string[] authorization = (context.Request.Headers["Authorization"] ?? "").Split(' ');
            if (authorization is ["Bearer", string token] && accepts(token))
            {
                return false;
            }

            TestRegistry.Respond(context, 401, "", ("WWW-Authenticate", $"Bearer realm=\"http://{store.Registry.Address}/token\",service=\"s\",scope=\"repository:app:pull\""));
            return true;
        };
        return store;
    }
}
