using Crid.Core;
using Crid.Testing;

namespace Crid.Images.Tests;

/// <summary>All decoders for a kind of compression give the same, whatever the input and the pieces that it comes in.</summary>
public sealed class DecoderTests
{
    private static readonly byte[] Content = MakeContent(300_000);

    public static TheoryData<string> Codecs => [.. LayerCodec.Names];

    public static TheoryData<string, int> Pieces
    {
        get
        {
            TheoryData<string, int> all = [];
            foreach (string codec in LayerCodec.Names)
            {
                all.Add(codec, 1);
                all.Add(codec, 7);
                all.Add(codec, 4096);
                all.Add(codec, Chunk.Bytes);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Pieces))]
    public void Read_PiecesOfAnySize_GiveTheContent(string codec, int size)
    {
        byte[] compressed = LayerCodec.Get(codec).Compress(Content);

        Assert.Equal(Content, Read(codec, compressed, size));
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Read_MembersAndFrames_AreOneContent(string codec)
    {
        LayerCodec of = LayerCodec.Get(codec);
        byte[] compressed = [.. of.Compress(Content[..5]), .. of.Compress([]), .. of.Compress(Content[5..200_000]), .. of.Compress(Content[200_000..])];

        Assert.Equal(Content, Read(codec, compressed, 4096));
        Assert.Equal(Content, Read(codec, compressed, 1));
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Read_CutAnywhere_Fails(string codec)
    {
        byte[] compressed = LayerCodec.Get(codec).Compress(Content[..2000]);
        for (int length = 4; length < compressed.Length; length++)
        {
            Exception? exception = Record.Exception(() => Read(codec, compressed[..length], Chunk.Bytes));

            // .NET's stream takes a member without its trailer for whole; the digests find out.
            bool isWholeToDotNet = codec == "gzip, .NET" && exception is null;
            Assert.True(isWholeToDotNet || exception is InvalidDataException or EndOfStreamException, $"{length} bytes: {exception}");
        }
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Read_Damaged_FailsOrGivesOtherContent(string codec)
    {
        byte[] compressed = LayerCodec.Get(codec).Compress(Content[..2000]);
        Mutations mutations = new([compressed]);
        for (int i = 0; i < Mutations.Rounds(1_000); i++)
        {
            byte[] damaged = mutations.Next();
            if (Record.Exception(() => Read(codec, damaged, 1 + (i % 900))) is { } exception)
            {
                Assert.True(exception is InvalidDataException or EndOfStreamException or CridException { Kind: ErrorKind.ResourceExhausted }, $"{Convert.ToBase64String(damaged)}\n{exception}");
            }
        }
    }

    [Theory]
    [InlineData("gzip, .NET")]
    [InlineData("gzip, libisal")]
    public void Read_BytesBehindTheLastMember_AreLeftAlone(string codec)
    {
        Assert.SkipUnless(LayerCodec.Names.Contains(codec), "libisal is not installed");
        byte[] compressed = [.. TestImage.Compress(Content), 0, 0, 0, 1, 2, 3];

        Assert.Equal(Content, Read(codec, compressed, Chunk.Bytes));
    }

    [Theory]
    [InlineData("gzip, .NET")]
    [InlineData("gzip, libisal")]
    public void Read_HeaderWithAllFields_IsPassedOver(string codec)
    {
        Assert.SkipUnless(LayerCodec.Names.Contains(codec), "libisal is not installed");
        byte[] plain = TestImage.Compress(Content);
        byte[] start = [0x1F, 0x8B, 8, 4 + 8 + 16, .. plain[4..10], 5, 0, 1, 2, 3, 4, 5, .. "name\0comment\0"u8];
        byte[] compressed = [.. start, .. plain[10..]];

        Assert.Equal(Content, Read(codec, compressed, 3));
        Assert.Equal(Content, Read(codec, compressed, Chunk.Bytes));
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Read_WrongChecksum_Fails(string codec)
    {
        byte[] compressed = codec.StartsWith("gzip", StringComparison.Ordinal) ? TestImage.Compress(Content) : CompressWithChecksum(Content);
        compressed[^(codec.StartsWith("gzip", StringComparison.Ordinal) ? 6 : 1)] ^= 1;

        Assert.Throws<InvalidDataException>(() => Read(codec, compressed, Chunk.Bytes));
    }

    [Theory]
    [InlineData("zstd, ZstdSharp")]
    [InlineData("zstd, libzstd")]
    public void Read_WindowBeyondTheLimit_IsRefusedBeforeItIsAllocated(string codec)
    {
        Assert.SkipUnless(LayerCodec.Names.Contains(codec), "libzstd is not installed");
        byte[] compressed = CompressWithWindow(Content, windowLog: 27);

        CridException exception = Assert.Throws<CridException>(() => Read(codec, compressed, Chunk.Bytes));

        Assert.Equal(ErrorKind.ResourceExhausted, exception.Kind);
        Assert.Contains("window of 128 MiB", exception.Message, StringComparison.Ordinal);
        Assert.Equal(Content, Read(codec, CompressWithWindow(Content, windowLog: 25), Chunk.Bytes));
    }

    [Theory]
    [InlineData("zstd, ZstdSharp")]
    [InlineData("zstd, libzstd")]
    public void Read_FramesThatNeedMoreAndMore_GetIt(string codec)
    {
        Assert.SkipUnless(LayerCodec.Names.Contains(codec), "libzstd is not installed");
        byte[] compressed = [.. LayerCodec.CompressZstd(Content[..10]), .. CompressWithWindow(Content[10..1000], 22), .. CompressWithWindow(Content[1000..], 25)];
        WindowBudget budget = new(32 << 20);

        Assert.Equal(Content, Read(codec, compressed, 4096, budget));

        Assert.Equal(32, budget.Acquire(32 << 20, CancellationToken.None));
    }

    [Fact]
    public void ReadWindow_WhatEncodersWrite_IsWhatTheyWereTold()
    {
        for (int windowLog = 10; windowLog <= 30; windowLog++)
        {
            byte[] frame = CompressWithWindow(new byte[10], windowLog);
            Assert.Equal(1L << windowLog, ZstdFrameHeader.ReadWindow(frame.AsSpan(4)));
        }
    }

    [Fact]
    public void Acquire_MoreThanIsFree_WaitsForIt()
    {
        WindowBudget budget = new(4 << 20);
        int first = budget.Acquire((3 << 20) + 1, CancellationToken.None);
        using CancellationTokenSource soon = new();
        soon.Cancel();

        Assert.Throws<OperationCanceledException>(() => budget.Acquire(1, soon.Token));
        budget.Release(first);
        Assert.Equal(4, budget.Acquire(4 << 20, CancellationToken.None));
    }

    [Fact]
    public void Yield_LayerWithALargeWindow_HasToBeginAgain()
    {
        WindowBudget budget = new(32 << 20);
        using WindowLease small = new(budget);
        using WindowLease large = new(budget);
        small.Change(8 << 20, CancellationToken.None);
        large.Change(16 << 20, CancellationToken.None);

        small.Yield();
        Assert.Throws<ParentsNotReadyException>(large.Yield);
        large.Dispose();

        Assert.Equal(32, budget.Acquire(32 << 20, CancellationToken.None));
    }

    private static byte[] Read(string codec, byte[] compressed, int size, WindowBudget? budget = null)
    {
        using ChunkQueue queue = new(int.MaxValue);
        // The first piece is never so small outside of tests that it does not tell what the layer is.
        int start = Math.Min(compressed.Length, Math.Max(size, 4));
        foreach (byte[] piece in compressed[start..].Chunk(size).Prepend(compressed[..start]))
        {
            byte[] buffer = Chunk.Rent();
            piece.CopyTo(buffer, 0);
            queue.Add(new Chunk(buffer, piece.Length), CancellationToken.None);
        }

        queue.Complete();
        using ChunkStream input = new(queue, CancellationToken.None);
        using WindowLease memory = new(budget ?? new WindowBudget(32 << 20));
        using Stream content = LayerCodec.Get(codec).Decoders.Open(input, memory);
        using MemoryStream result = new();
        content.CopyTo(result, 10_000);
        input.Drain();
        return result.ToArray();
    }

    private static byte[] CompressWithChecksum(byte[] content)
    {
        using ZstdSharp.Compressor compressor = new();
        compressor.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
        return compressor.Wrap(content).ToArray();
    }

    // Written as a stream, so that the encoder does not know the size and keeps the window that it is told.
    private static byte[] CompressWithWindow(byte[] content, int windowLog)
    {
        using MemoryStream result = new();
        using (ZstdSharp.CompressionStream stream = new(result, leaveOpen: true))
        {
            stream.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_windowLog, windowLog);
            stream.Write(content);
        }

        return result.ToArray();
    }

    private static byte[] MakeContent(int length)
    {
        Random random = new(5);
        byte[] content = new byte[length];
        for (int i = 0; i < length; i++)
        {
            content[i] = (byte)(random.Next(20) == 0 ? random.Next(256) : i / 1000);
        }

        return content;
    }
}
