using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.Streaming.Tests;

/// <summary>Bytes that no client means: a connection takes any of them to its end and leaves no stream behind.</summary>
public sealed class SpdyConnectionFuzzTests
{
    private const int MaxStreams = 8;

    [Fact]
    public void Run_AnyBytes_Ends() =>
        Gen.OneOf(Gen.Byte.Array[0, 300], Frames).Sample(static bytes => RunAsync(bytes).GetAwaiter().GetResult(), iter: 3000);

    [Fact]
    public void Run_DamagedCorpus_Ends() =>
        Gen.Select(Corpus.Any("spdy"), Gen.Int[0, 1000], Gen.Byte, Gen.Bool).Sample(
            static (bytes, at, value, isCut) =>
            {
                byte[] damaged = [.. bytes];
                at %= bytes.Length;
                damaged[at] = value;
                RunAsync(isCut ? damaged[..at] : damaged).GetAwaiter().GetResult();
            },
            iter: 3000);

    [Fact]
    public async Task Run_Corpus_Ends()
    {
        byte[][] corpus = Corpus.Read("spdy");

        Assert.NotEmpty(corpus);
        foreach (byte[] bytes in corpus)
        {
            await RunAsync(bytes);
        }
    }

    /// <summary>Sequences of frames that are nearly right: known types, small ids, lengths that fit or nearly do.</summary>
    private static Gen<byte[]> Frames { get; } = Gen.Select(
        Gen.UShort[0, 10], Gen.UInt[0, 9], Gen.Byte[0, 3], Gen.Byte.Array[0, 30], Gen.Int[-1, 1], Gen.Int[0, 3]).Select(
        static (type, id, flags, rest, error, kind) =>
        {
            byte[] frame = kind switch
            {
                0 => SpdyClient.Data(id, rest, (flags & 1) != 0),
                1 => SpdyClient.SynStream(id, [0x78, 0xBB, 0xE3, 0xC6, 0xA7, 0xC2, 0, 4, 0, 0xFB, 0xFF, 0, 0, 0, 0], flags),
                2 => SpdyClient.SynStream(id, [0, 4, 0, 0xFB, 0xFF, 0, 0, 0, 0], flags),
                _ => SpdyClient.Control(type, [0, 0, 0, (byte)id, .. rest], flags),
            };
            frame[7] = (byte)Math.Max(0, frame[7] + error * (rest.Length % 3 == 0 ? 1 : 0));
            return frame;
        }).Array[1, 12].Select(static frames => frames.SelectMany(static frame => frame).ToArray());

    private static async Task RunAsync(byte[] bytes)
    {
        (DuplexStream server, DuplexStream client) = DuplexStream.CreatePair();
        using SpdyConnection connection = new(server, new Handler(), MaxStreams, new StreamingOptions(), TimeProvider.System, NullLogger.Instance);
        Task running = connection.RunAsync(CancellationToken.None);
        await client.WriteAsync(bytes);
        client.EndSend();

        await running.WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(0, connection.StreamCount);
        Assert.InRange(connection.Buffered, 0, bytes.Length);
        await server.DisposeAsync();
        await client.DisposeAsync();
    }

    /// <summary>Accepts every stream and leaves it alone.</summary>
    private sealed class Handler : ISpdyStreamHandler
    {
        public bool Accept(SpdyStreamHeaders headers) => true;

        public void Opened(SpdyStream stream) => Assert.NotEqual(0u, (uint)stream.Id);
    }
}
