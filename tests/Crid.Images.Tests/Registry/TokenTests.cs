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
    public async Task PullAsync_TokenEndsWithinThePull_IsRenewed()
    {
        int accepted = 0;
        await using ImageStoreFixture store = await StartAsync(token => token == (Interlocked.Increment(ref accepted) <= 2 ? "t1" : "t2"));

        await store.PullAsync("app:1");

        Assert.Equal(2, store.Registry.Count("/token"));
    }

    [Theory]
    [InlineData(null, null, 54)]
    [InlineData(300d, null, 270)]
    [InlineData(30d, null, 27)]
    [InlineData(1.5, null, 5)]
    [InlineData(-1d, null, 54)]
    [InlineData(1e300, null, 77_760)]
    [InlineData(300d, "2026-01-01T00:00:00Z", 180)]
    [InlineData(300d, "2026-01-01T01:00:00.5+01:00", 180.45)]
    [InlineData(102d, "2026-01-01T00:00:00Z", 5)]
    [InlineData(300d, "2026-01-01T00:01:41Z", 270)]
    [InlineData(300d, "2025-12-31T00:00:00Z", 270)]
    [InlineData(300d, "0001-01-01T00:00:00Z", 270)]
    [InlineData(300d, "yesterday", 270)]
    public void GetRest_Token_CountsFromItsIssueWhereThatIsSane(double? expiresIn, string? issuedAt, double expected)
    {
        DateTimeOffset now = new(2026, 1, 1, 0, 1, 40, TimeSpan.Zero);

        TimeSpan rest = TokenLifetime.GetRest(new Oci.RegistryToken { ExpiresIn = expiresIn, IssuedAt = issuedAt }, now);

        Assert.Equal(expected, rest.TotalSeconds, precision: 3);
    }

    [Theory]
    [InlineData("3153600000000")]
    [InlineData("299.5")]
    [InlineData("1e400")]
    public async Task PullAsync_TokenWithAnOddLifetime_IsUsed(string expiresIn)
    {
        await using ImageStoreFixture store = await StartAsync(static token => token == "t1", expiresIn: expiresIn);

        await store.PullAsync("app:1");

        Assert.Equal(1, store.Registry.Count("/token"));
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

    private static async Task<ImageStoreFixture> StartAsync(Func<string, bool> accepts, Action<HttpListenerContext>? onToken = null, string expiresIn = "300")
    {
        ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        store.Registry.Add("app", "1", TestImage.Create(Layer));
        int tokens = 0;
        store.Registry.Intercept = context =>
        {
            if (context.Request.Url!.AbsolutePath == "/token")
            {
                onToken?.Invoke(context);
                TestRegistry.Respond(context, 200, $$"""{"token":"t{{Interlocked.Increment(ref tokens)}}","expires_in":{{expiresIn}}}""");
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
