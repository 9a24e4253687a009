using System.Net;
using System.Net.Sockets;
using System.Text;
using Crid.Core;
using Crid.Testing;

namespace Crid.Images.Tests;

public sealed class RegistryTests
{
    private static readonly RegistryHost Upstream = new() { BaseUrl = "https://example.com/v2" };
    private static readonly byte[] Layer = new TarBuilder().AddDirectory("etc").Build();

    [Fact]
    public async Task PullAsync_BearerToken_IsFetchedWithTheCredentialsAndReused()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        store.Registry.Add("app", "1", TestImage.Create(Layer));
        string? basic = null;
        store.Registry.Intercept = context =>
        {
            string? authorization = context.Request.Headers["Authorization"];
            if (context.Request.Url!.AbsolutePath == "/token")
            {
                basic = authorization;
                TestRegistry.Respond(context, 200, """{"token":"t0ken","expires_in":300}""");
                return true;
            }

            if (authorization == "Bearer t0ken")
            {
                return false;
            }

            TestRegistry.Respond(context, 401, "", ("WWW-Authenticate", $"Bearer realm=\"http://{store.Registry.Address}/token\",service=\"s\",scope=\"repository:app:pull\""));
            return true;
        };

        await store.PullAsync("app:1", new RegistryCredentials { Username = "user", Password = "pass" });

        Assert.Equal($"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes("user:pass"))}", basic);
        Assert.Equal(1, store.Registry.Count("/token"));
    }

    [Fact]
    public async Task PullAsync_TokenServerDoesNotAnswer_IsUnavailable()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        await store.RestartAsync(new RegistryOptions { CertsDirectory = "/nonexistent", ResponseTimeout = TimeSpan.FromMilliseconds(300), Attempts = 1 });
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();
        store.Registry.Intercept = context =>
        {
            TestRegistry.Respond(context, 401, "", ("WWW-Authenticate", $"Bearer realm=\"http://{silent.LocalEndpoint}/token\",service=\"s\""));
            return true;
        };

        CridException exception = await Assert.ThrowsAsync<CridException>(
            () => store.PullAsync("app:1").WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));

        Assert.Equal((ErrorKind.Unavailable, "RegistryUnavailable"), (exception.Kind, exception.Reason));
    }

    [Theory]
    [InlineData("localhost:99999/app")]
    [InlineData("[::::]/app")]
    public async Task PullAsync_RegistryThatIsNoAddress_IsInvalid(string reference)
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        PullRequest request = new(ImageReference.Parse(reference), Credentials: null);

        CridException exception = await Assert.ThrowsAsync<CridException>(() => store.Images.PullAsync(request, TestContext.Current.CancellationToken));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
    }

    [Theory]
    [InlineData("user", "pass", true)]
    [InlineData("user", "wrong", false)]
    [InlineData(null, null, false)]
    public async Task PullAsync_BasicChallenge_NeedsTheRightPassword(string? user, string? password, bool accepted)
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        store.Registry.Add("app", "1", TestImage.Create(Layer));
        RequireBasic(store.Registry, "user:pass");

        Task<Image> pull = store.PullAsync("app:1", user is null ? null : new RegistryCredentials { Auth = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")) });

        if (accepted)
        {
            Assert.NotNull(await pull);
        }
        else
        {
            CridException exception = await Assert.ThrowsAsync<CridException>(() => pull);
            Assert.Equal(ErrorKind.PermissionDenied, exception.Kind);
            Assert.DoesNotContain("wrong", exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task PullAsync_CredentialsOfAnotherServer_AreNotSent()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        store.Registry.Add("app", "1", TestImage.Create(Layer));
        RequireBasic(store.Registry, "user:pass");

        await Assert.ThrowsAsync<CridException>(
            () => store.PullAsync("app:1", new RegistryCredentials { Username = "user", Password = "pass", ServerAddress = "https://other.example" }));

        Assert.Equal(0, store.Registry.Count(" !"));
    }

    [Fact]
    public async Task PullAsync_RedirectToAnotherHost_CarriesNoCredentials()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        using TestRegistry storage = new();
        TestImage image = TestImage.Create(Layer);
        store.Registry.Add("app", "1", image);
        storage.Add("app", "1", image);
        RequireBasic(store.Registry, "user:pass");
        Func<HttpListenerContext, bool> authorize = store.Registry.Intercept!;
        store.Registry.Intercept = context =>
        {
            if (authorize(context))
            {
                return true;
            }

            bool blob = context.Request.Url!.AbsolutePath.Contains("/blobs/", StringComparison.Ordinal);
            if (blob)
            {
                TestRegistry.Respond(context, 307, "", ("Location", $"http://{storage.Address}{context.Request.Url.AbsolutePath}"));
            }

            return blob;
        };

        await store.PullAsync("app:1", new RegistryCredentials { Username = "user", Password = "pass" });

        Assert.NotEmpty(storage.Requests);
        Assert.DoesNotContain(storage.Requests, static request => request.EndsWith('!'));
    }

    [Fact]
    public async Task PullAsync_Mirror_IsAskedFirstWithoutCredentials()
    {
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        using TestRegistry mirror = new();
        TestImage image = TestImage.Create(Layer);
        mirror.Add("app", "1", image);
        string certs = $"{store.Root}/certs.d/{store.Registry.Address.Replace(':', '_')}_";
        Directory.CreateDirectory(certs);
        await File.WriteAllTextAsync($"{certs}/hosts.toml", $"""
            server = "http://{store.Registry.Address}"
            [host."http://{mirror.Address}"]
              capabilities = ["pull", "resolve"]
            """);
        await store.RestartAsync(new RegistryOptions { CertsDirectory = $"{store.Root}/certs.d" });

        Image pulled = await store.PullAsync("app:1", new RegistryCredentials { Username = "user", Password = "pass" });

        Assert.Equal(image.Id, pulled.Id);
        Assert.Empty(store.Registry.Requests);
        Assert.All(mirror.Requests, request => Assert.Contains($"?ns={Uri.EscapeDataString(store.Registry.Address)}", request, StringComparison.Ordinal));
    }

    [Fact]
    public void Parse_HostsFile_KeepsOrderAndSettings()
    {
        IReadOnlyList<RegistryHost> hosts = HostsFile.Parse("""
            server = "https://example.com"
            ca = "root.pem"
            [host."https://second.example"]
              capabilities = ["pull"]
              skip_verify = true
            [host."http://first.example/path/v2"]
              override_path = true
              ca = ["a.pem", "/b.pem"]
            [host."http://first.example/path/v2".header]
              x-one = ["1", "2"]
            """, "/certs/example.com/hosts.toml", "example.com", Upstream);

        Assert.Equal(["https://second.example/v2", "http://first.example/path/v2", "https://example.com/v2"], hosts.Select(static host => host.BaseUrl));
        Assert.Equal((false, true, true), (hosts[0].CanResolve, hosts[0].CanPull, hosts[0].SkipVerify));
        Assert.Equal(["/certs/example.com/a.pem", "/b.pem"], hosts[1].CertificateAuthorities);
        Assert.Equal(2, hosts[1].Headers.Count);
        Assert.Equal(["example.com", "example.com", null], hosts.Select(static host => host.Namespace));
        Assert.Equal(["/certs/example.com/root.pem"], hosts[2].CertificateAuthorities);
    }

    [Theory]
    [InlineData("server = ")]
    [InlineData("unknown = true")]
    [InlineData("[host.\"https://a\"]\ncapabilities = [\"fly\"]")]
    [InlineData("[host.\"https://a\"]\nskip_verify = \"yes\"")]
    [InlineData("[other]\n")]
    [InlineData("server = \"ftp://x\"")]
    public void Parse_BadHostsFile_FailsThePull(string text)
    {
        CridException exception = Assert.Throws<CridException>(() => HostsFile.Parse(text, "/certs/x/hosts.toml", "x", Upstream));

        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
        Assert.StartsWith("/certs/x/hosts.toml", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_Challenges_ReadsSchemesAndQuotedValues()
    {
        IReadOnlyList<Challenge> challenges = Challenge.Parse("Basic realm=\"a, \\\"b\\\"\", Bearer realm=\"https://x/t?y=1\",service=s , scope=\"repository:a/b:pull,push\"");

        Assert.Equal(["Basic", "Bearer"], challenges.Select(static challenge => challenge.Scheme));
        Assert.Equal("a, \"b\"", challenges[0].Find("realm"));
        Assert.Equal(("https://x/t?y=1", "s", "repository:a/b:pull,push"), (challenges[1].Find("realm"), challenges[1].Find("service"), challenges[1].Find("scope")));
    }

    [Fact]
    public void ToString_Credentials_ShowNothing()
    {
        RegistryCredentials credentials = new() { Username = "user", Password = "secret", IdentityToken = "token" };

        Assert.DoesNotContain("secret", $"{new PullRequest(ImageReference.Parse("a"), credentials)}", StringComparison.Ordinal);
    }

    private static void RequireBasic(TestRegistry registry, string userAndPassword)
    {
        string expected = $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(userAndPassword))}";
        registry.Intercept = context =>
        {
            bool refused = context.Request.Headers["Authorization"] != expected;
            if (refused)
            {
                TestRegistry.Respond(context, 401, """{"errors":[{"code":"UNAUTHORIZED","message":"no"}]}""", ("WWW-Authenticate", "Basic realm=\"r\""));
            }

            return refused;
        };
    }
}
