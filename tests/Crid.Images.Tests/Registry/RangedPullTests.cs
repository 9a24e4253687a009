using System.Collections.Concurrent;
using System.Text;
using Crid.Core;
using Crid.Testing;

namespace Crid.Images.Tests;

/// <summary>Large layers come in ranges where the server takes them, and come right or fail clearly whatever it does with them.</summary>
public sealed class RangedPullTests
{
    private static readonly byte[] Noise = MakeNoise((17 << 20) + 12_345);
    private static readonly TestImage Pushed = TestImage.Create([new TarBuilder().AddDirectory("etc").AddFile("etc/noise", Noise).Build()], static archive => archive);
    private static readonly string Layer = Pushed.Blobs.Keys.Single(static digest => digest != Pushed.Id.Digest).Value;
    private static readonly RegistryOptions Ranges = new()
    {
        CertsDirectory = "/nonexistent", RetryDelay = TimeSpan.FromMilliseconds(1), ParallelRanges = 3, ParallelFrom = 1 << 20,
    };

    [Fact]
    public async Task PullAsync_LargeLayer_ComesInRangesEachAskedForOnce()
    {
        using RawRegistry registry = new(Pushed);
        await using ImageStoreFixture store = await StartAsync();
        ConcurrentBag<string> asked = [];
        registry.RangeMischief = (_, range, answer) =>
        {
            asked.Add(range);
            return new RawAnswer(answer);
        };

        Image image = await PullAsync(store, registry);

        await AssertPulledAsync(store, image);
        Assert.Equal(5, asked.Count);
        Assert.Equal(5, asked.Distinct().Count());
        Assert.Contains("bytes=4194304-8388607", asked);
    }

    [Theory]
    [InlineData("ignored")]
    [InlineData("refused")]
    [InlineData("forbidden")]
    public async Task PullAsync_ServerWithoutRanges_SendsTheWhole(string kind)
    {
        using RawRegistry registry = new(Pushed);
        await using ImageStoreFixture store = await StartAsync();
        byte[] blob = Pushed.Blobs[BlobDigest.Parse(Layer)];
        registry.RangeMischief = (_, _, _) => new RawAnswer(kind switch
        {
            "ignored" => RawRegistry.Format("200 OK", blob),
            "refused" => RawRegistry.Format("416 Range Not Satisfiable", [], $"Content-Range: bytes */{blob.Length}"),
            _ => RawRegistry.Format("403 Forbidden", []),
        });

        Image image = await PullAsync(store, registry);

        await AssertPulledAsync(store, image);
        Assert.Equal(kind == "ignored" ? 4 : 5, registry.Requests);
    }

    [Theory]
    [InlineData("whole")]
    [InlineData("short")]
    [InlineData("long")]
    [InlineData("elsewhere")]
    [InlineData("other total")]
    [InlineData("nameless")]
    [InlineData("cut")]
    [InlineData("refused")]
    [InlineData("busy")]
    public async Task PullAsync_RangeThatGoesWrong_IsMadeUpForByOneStream(string kind)
    {
        using RawRegistry registry = new(Pushed);
        await using ImageStoreFixture store = await StartAsync();
        registry.RangeMischief = (_, range, answer) =>
            range.StartsWith("bytes=8388608-", StringComparison.Ordinal) && !range.EndsWith('-') ? Spoil(kind, answer) : new RawAnswer(answer);

        Image image = await PullAsync(store, registry);

        await AssertPulledAsync(store, image);
        Assert.True(registry.Requests < 20, $"{registry.Requests} requests");
    }

    [Fact]
    public async Task PullAsync_ContentThatChangesBetweenRanges_IsRefusedAndLeavesNothing()
    {
        using RawRegistry registry = new(Pushed);
        await using ImageStoreFixture store = await StartAsync();
        registry.RangeMischief = static (_, range, answer) =>
        {
            answer[^1] ^= (byte)(range.StartsWith("bytes=8388608-", StringComparison.Ordinal) ? 1 : 0);
            return new RawAnswer(answer);
        };

        CridException exception = await Assert.ThrowsAsync<CridException>(() => PullAsync(store, registry));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        Assert.Contains("digest", exception.Message, StringComparison.Ordinal);
        AssertNothingLeft(store);
    }

    [Fact]
    public async Task PullAsync_CancelledWithinRanges_LeavesNothing()
    {
        using RawRegistry registry = new(Pushed);
        await using ImageStoreFixture store = await StartAsync();
        using CancellationTokenSource leave = new();
        registry.RangeMischief = (_, range, answer) =>
        {
            if (range.StartsWith("bytes=8388608-", StringComparison.Ordinal))
            {
                leave.Cancel();
            }

            return new RawAnswer(answer);
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => store.Images.PullAsync(new PullRequest(ImageReference.Parse($"{registry.Address}/app:1"), Credentials: null), leave.Token));

        AssertNothingLeft(store);
        registry.RangeMischief = null;
        await AssertPulledAsync(store, await PullAsync(store, registry));
    }

    [Fact]
    public async Task ReadAsync_TwoBlobsAtOnce_OneComesInRanges()
    {
        RangeLimits limits = new(3, 1);
        int ranges = 0;
        Task<HttpResponseMessage> OpenAsync(long offset, long length, CancellationToken cancellationToken)
        {
            Interlocked.Add(ref ranges, length > 0 ? 1 : 0);
            return Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.OK) { Content = new ByteArrayContent(Encoding.ASCII.GetBytes("content")) });
        }

        byte[] buffer = new byte[7];
        RangedBlobStream first = new(OpenAsync, 7, limits, Ranges, TimeProvider.System);
        using RangedBlobStream second = new(OpenAsync, 7, limits, Ranges, TimeProvider.System);
        await first.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken);
        await second.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken);
        Assert.Equal(1, ranges);

        await first.DisposeAsync();
        using RangedBlobStream third = new(OpenAsync, 7, limits, Ranges, TimeProvider.System);
        await third.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken);
        Assert.Equal(2, ranges);
    }

    private static RawAnswer Spoil(string kind, byte[] answer)
    {
        byte[] body = answer[(answer.AsSpan().IndexOf("\r\n\r\n"u8) + 4)..];
        int total = Pushed.Blobs[BlobDigest.Parse(Layer)].Length;
        return kind switch
        {
            "whole" => new RawAnswer(RawRegistry.Format("200 OK", Pushed.Blobs[BlobDigest.Parse(Layer)])),
            "short" => new RawAnswer(RawRegistry.Format("206 Partial Content", body[..100], $"Content-Range: bytes 8388608-8388707/{total}")),
            "long" => new RawAnswer(RawRegistry.Format("206 Partial Content", [.. body, 1], $"Content-Range: bytes 8388608-12582912/{total}")),
            "elsewhere" => new RawAnswer(RawRegistry.Format("206 Partial Content", body, $"Content-Range: bytes 0-{body.Length - 1}/{total}")),
            "other total" => new RawAnswer(RawRegistry.Format("206 Partial Content", body, $"Content-Range: bytes 8388608-{8388608 + body.Length - 1}/{total + 1}")),
            "nameless" => new RawAnswer(RawRegistry.Format("206 Partial Content", body)),
            "refused" => new RawAnswer(RawRegistry.Format("416 Range Not Satisfiable", [])),
            "busy" => new RawAnswer(RawRegistry.Format("503 Service Unavailable", [])),
            _ => new RawAnswer(answer) { CutAfter = answer.Length / 2 },
        };
    }

    private static async Task<ImageStoreFixture> StartAsync()
    {
        ImageStoreFixture store = await ImageStoreFixture.StartAsync();
        await store.RestartAsync(Ranges);
        return store;
    }

    private static Task<Image> PullAsync(ImageStoreFixture store, RawRegistry registry) =>
        store.Images.PullAsync(new PullRequest(ImageReference.Parse($"{registry.Address}/app:1"), Credentials: null), TestContext.Current.CancellationToken);

    private static async Task AssertPulledAsync(ImageStoreFixture store, Image image)
    {
        Assert.Equal(Pushed.Id, image.Id);
        byte[] noise = await File.ReadAllBytesAsync($"{store.LayerDirectories()[0]}/etc/noise");
        Assert.True(noise.AsSpan().SequenceEqual(Noise));
        Assert.Empty(store.TemporaryFiles());
    }

    private static void AssertNothingLeft(ImageStoreFixture store)
    {
        Assert.Empty(store.TemporaryFiles());
        Assert.Empty(store.LayerDirectories());
        Assert.Empty(store.Images.List());
    }

    private static byte[] MakeNoise(int length)
    {
        byte[] noise = new byte[length];
        new Random(7).NextBytes(noise);
        return noise;
    }
}
