using System.Text;
using Crid.Core;
using Crid.Testing;

namespace Crid.Images.Tests;

/// <summary>Whatever a registry does, a pull ends with the right image or with an error that says what was wrong, and leaves nothing.</summary>
public sealed class MisbehavingRegistryTests
{
    private static readonly byte[] Noise = MakeNoise();
    private static readonly byte[] Archive = new TarBuilder().AddDirectory("etc").AddFile("etc/noise", Noise).Build();
    private static readonly TestImage Pushed = TestImage.Create(Archive);
    private static readonly string Layer = BlobDigest.Of(TestImage.Compress(Archive)).Value;

    public static TheoryData<string, string> Cuts()
    {
        TheoryData<string, string> cases = [];
        foreach (string request in new[] { "HEAD", "GET manifest", "GET config", "GET layer" })
        {
            foreach (string place in new[] { "nothing", "status", "header", "head", "body", "last" })
            {
                cases.Add(request, place);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task PullAsync_ConnectionCutTwice_GetsTheImage(string request, string place)
    {
        using RawRegistry registry = new(Pushed);
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        int cuts = 2;
        registry.Mischief = (line, answer) =>
            IsMeant(line, request) && Interlocked.Decrement(ref cuts) >= 0 ? new RawAnswer(answer) { CutAfter = Place(answer, place) } : new RawAnswer(answer);

        Image image = await PullAsync(store, registry);

        Assert.Equal(Pushed.Id, image.Id);
        Assert.Equal(Noise, await File.ReadAllBytesAsync($"{store.LayerDirectories()[0]}/etc/noise"));
        Assert.Empty(store.TemporaryFiles());
    }

    [Theory]
    [MemberData(nameof(Cuts))]
    public async Task PullAsync_ConnectionAlwaysCut_IsUnavailableAndLeavesNothing(string request, string place)
    {
        using RawRegistry registry = new(Pushed);
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        registry.Mischief = (line, answer) => IsMeant(line, request) ? new RawAnswer(answer) { CutAfter = Place(answer, place) } : new RawAnswer(answer);

        // An answer to HEAD ends with its head: what is cut there is the next request's connection.
        if (request == "HEAD" && place is ("head" or "body" or "last"))
        {
            Assert.Equal(Pushed.Id, (await PullAsync(store, registry)).Id);
            return;
        }

        CridException exception = await Assert.ThrowsAsync<CridException>(() => PullAsync(store, registry));

        Assert.Equal((ErrorKind.Unavailable, "RegistryUnavailable"), (exception.Kind, exception.Reason));
        AssertNothingLeft(store);
        Assert.True(registry.Requests < 60, $"{registry.Requests} requests");
    }

    [Fact]
    public async Task PullAsync_CutAfterEveryFewBytes_GivesUp()
    {
        using RawRegistry registry = new(Pushed);
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        registry.Mischief = (line, answer) => IsMeant(line, "GET layer") ? new RawAnswer(answer) { CutAfter = HeadLength(answer) + 10 } : new RawAnswer(answer);

        CridException exception = await Assert.ThrowsAsync<CridException>(() => PullAsync(store, registry));

        Assert.Equal(ErrorKind.Unavailable, exception.Kind);
        AssertNothingLeft(store);
        Assert.True(registry.Requests < 20, $"{registry.Requests} requests");
    }

    [Theory]
    [InlineData("GET manifest", true)]
    [InlineData("GET layer", true)]
    [InlineData("GET manifest", false)]
    [InlineData("GET config", false)]
    [InlineData("GET layer", false)]
    public async Task PullAsync_ServerThatTrickles_IsUnavailableAndLeavesNothing(string request, bool fromStart)
    {
        using RawRegistry registry = new(Pushed);
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        await store.RestartAsync(new RegistryOptions
        {
            CertsDirectory = "/nonexistent", Attempts = 2, RetryDelay = TimeSpan.FromMilliseconds(1),
            ResponseTimeout = TimeSpan.FromMilliseconds(200), StallTimeout = TimeSpan.FromMilliseconds(200),
        });
        registry.Mischief = (line, answer) => IsMeant(line, request)
            ? new RawAnswer(answer) { Trickle = (fromStart ? 5 : HeadLength(answer) + 5, TimeSpan.FromMilliseconds(20)) }
            : new RawAnswer(answer);

        CridException exception = await Assert.ThrowsAsync<CridException>(
            () => PullAsync(store, registry).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));

        Assert.Equal((ErrorKind.Unavailable, "RegistryUnavailable"), (exception.Kind, exception.Reason));
        AssertNothingLeft(store);
    }

    [Theory]
    [InlineData("GET manifest", "digest")]
    [InlineData("GET config", "digest")]
    [InlineData("GET layer", "damaged")]
    public async Task PullAsync_OtherContentOfTheSameLength_IsRefused(string request, string expected)
    {
        CridException exception = await FailAsync(request, static answer =>
        {
            byte[] changed = [.. answer];
            changed[^20] ^= 1;
            return changed;
        });

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET config", 1)]
    [InlineData("GET layer", 1)]
    [InlineData("GET config", -1)]
    [InlineData("GET layer", -1)]
    public async Task PullAsync_WrongLength_IsRefusedByIt(string request, int difference)
    {
        CridException exception = await FailAsync(request, answer =>
        {
            byte[] body = answer[HeadLength(answer)..];
            return RawRegistry.Format("200 OK", difference > 0 ? [.. body, 0] : body[..^1]);
        });

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        Assert.Contains("the manifest says", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("garbage\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n")]
    [InlineData("HTTP/1.1 999 ?\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    public async Task PullAsync_AnswersThatAreNone_AreErrors(string answer)
    {
        CridException exception = await FailAsync("GET manifest", _ => Encoding.ASCII.GetBytes(answer));

        Assert.NotEqual(ErrorKind.Internal, exception.Kind);
    }

    [Theory]
    [InlineData("GET manifest")]
    [InlineData("GET layer")]
    public async Task PullAsync_EndlessHeaders_AreRefused(string request)
    {
        byte[] endless = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Range(0, 20_000).Select(static i => $"x-{i}: yyyyyyyyyyyyyy\r\n")));

        CridException exception = await FailAsync(request, _ => endless);

        Assert.Equal(ErrorKind.Unavailable, exception.Kind);
    }

    [Fact]
    public async Task PullAsync_EndlessManifest_IsLimited()
    {
        byte[] head = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: {TestImage.ManifestType}\r\nConnection: close\r\n\r\n");

        CridException exception = await FailAsync("GET manifest", _ => [.. head, .. new byte[6 << 20]]);

        Assert.Contains("more than", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file:///etc/passwd", "less protected")]
    [InlineData("ftp://127.0.0.1/x", "less protected")]
    [InlineData("", "without saying where to")]
    [InlineData("/v2/app/manifests/again", "more than 10 times")]
    public async Task PullAsync_BadRedirects_AreRefused(string location, string expected)
    {
        CridException exception = await FailAsync("GET manifest", _ => RawRegistry.Format("307 Moved", [], location.Length == 0 ? "x: y" : $"Location: {location}"));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("429 Too Many Requests", ErrorKind.ResourceExhausted)]
    [InlineData("503 Service Unavailable", ErrorKind.Unavailable)]
    [InlineData("500 Oops", ErrorKind.Unavailable)]
    public async Task PullAsync_StormOfRefusals_EndsAfterTheAttempts(string status, ErrorKind kind)
    {
        using RawRegistry registry = new(Pushed);
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        registry.Mischief = (_, _) => new RawAnswer(RawRegistry.Format(status, "busy"u8.ToArray(), "Retry-After: 0"));

        CridException exception = await Assert.ThrowsAsync<CridException>(() => PullAsync(store, registry));

        Assert.Equal(kind, exception.Kind);
        Assert.InRange(registry.Requests, 4, 8);
        AssertNothingLeft(store);
    }

    [Fact]
    public async Task PullAsync_RefusalsOfLayersInBetween_AreWaitedOut()
    {
        using RawRegistry registry = new(Pushed);
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        int refusals = 3;
        registry.Mischief = (line, answer) => IsMeant(line, "GET layer") && Interlocked.Decrement(ref refusals) >= 0
            ? new RawAnswer(RawRegistry.Format("429 Too Many Requests", [], "Retry-After: Thu, 01 Jan 1970 00:00:00 GMT"))
            : new RawAnswer(answer);

        Assert.Equal(Pushed.Id, (await PullAsync(store, registry)).Id);
    }

    [Fact]
    public async Task PullAsync_ServerThatRepeatsSecrets_DoesNotShowThemInTheError()
    {
        using RawRegistry registry = new(Pushed);
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        string basic = Convert.ToBase64String("user:geheim!"u8);
        registry.Mischief = (_, _) => new RawAnswer(RawRegistry.Format(
            "401 Unauthorized",
            Encoding.UTF8.GetBytes($$"""{"errors":[{"code":"UNAUTHORIZED","message":"geheim!\n is wrong, as is {{basic}} {{new string('x', 5000)}}"}]}"""),
            "WWW-Authenticate: Basic realm=\"r\""));

        CridException exception = await Assert.ThrowsAsync<CridException>(
            () => PullAsync(store, registry, new RegistryCredentials { Username = "user", Password = "geheim!" }));

        Assert.Equal(ErrorKind.PermissionDenied, exception.Kind);
        Assert.DoesNotContain("geheim!", exception.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(basic, exception.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
        Assert.True(exception.Message.Length < 600);
    }

    private static async Task<CridException> FailAsync(string request, Func<byte[], byte[]> change)
    {
        using RawRegistry registry = new(Pushed);
        await using ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        registry.Mischief = (line, answer) => IsMeant(line, request) ? new RawAnswer(change(answer)) { CutAfter = int.MaxValue } : new RawAnswer(answer);

        CridException exception = await Assert.ThrowsAsync<CridException>(() => PullAsync(store, registry));

        AssertNothingLeft(store);
        return exception;
    }

    private static Task<Image> PullAsync(ImageStoreFixture store, RawRegistry registry, RegistryCredentials? credentials = null) =>
        store.Images.PullAsync(new PullRequest(ImageReference.Parse($"{registry.Address}/app:1"), credentials), TestContext.Current.CancellationToken);

    private static bool IsMeant(string line, string request) => request switch
    {
        "HEAD" => line.StartsWith("HEAD ", StringComparison.Ordinal),
        "GET manifest" => line.StartsWith("GET ", StringComparison.Ordinal) && line.Contains("/manifests/", StringComparison.Ordinal),
        "GET config" => line.EndsWith(Pushed.Id.Value, StringComparison.Ordinal),
        _ => line.EndsWith(Layer, StringComparison.Ordinal),
    };

    private static int Place(byte[] answer, string place) => place switch
    {
        "nothing" => 0,
        "status" => 7,
        "header" => 25,
        "head" => HeadLength(answer),
        "body" => (HeadLength(answer) + answer.Length) / 2,
        _ => Math.Max(HeadLength(answer), answer.Length - 1),
    };

    private static int HeadLength(byte[] answer) => answer.AsSpan().IndexOf("\r\n\r\n"u8) + 4;

    private static void AssertNothingLeft(ImageStoreFixture store)
    {
        Assert.Empty(store.TemporaryFiles());
        Assert.Empty(store.LayerDirectories());
        Assert.Empty(store.Images.List());
    }

    private static byte[] MakeNoise()
    {
        byte[] noise = new byte[50_000];
        new Random(7).NextBytes(noise);
        return noise;
    }
}
