using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using CsCheck;

namespace Crid.Streaming.Tests;

public sealed class SpdyInflaterTests
{
    private const int Limit = 16 * 1024;

    // Blocks of one connection, compressed with the dictionary at level 9 and flushed after each; each holds one header, "streamtype".
    private static readonly (string Type, string Hex)[] Golden =
    [
        ("error", "78f9e3c6a7c202a62346703a2b294a4dcc851625aca9a08006000000ffff"),
        ("stdin", "c22e555c02cc2e00000000ffff"),
        ("stdout", "c22a054ce729f9a52500000000ffff"),
        ("stderr", "c229073414000000ffff"),
        ("resize", "c22e072c9a806901000000ffff"),
    ];

    [Fact]
    public void Dictionary_Bytes_AreThoseOfTheSpecification()
    {
        byte[] bytes = SpdyDictionary.Bytes.ToArray();

        Assert.Equal(1423, bytes.Length);
        Assert.Equal("51D27341373F923F3CD88E1EB7162AEAA3723D7585FF2399201DC06498407F02", Convert.ToHexString(SHA256.HashData(bytes)));
        Assert.Equal(SpdyDictionary.Id, Adler32(bytes));
    }

    [Fact]
    public void Read_BlocksOfOneConnection_AreHeaders()
    {
        SpdyHeaderReader reader = new();

        foreach ((string type, string hex) in Golden)
        {
            Assert.Equal(new SpdyStreamHeaders(type, Port: 0, RequestId: null, IsTooLong: false), reader.Read(Convert.FromHexString(hex)));
        }
    }

    [Fact]
    public void Read_FixedAndDynamicCodes_AreHeaders()
    {
        SpdyHeaderReader reader = new();
        foreach ((string _, string hex) in Golden)
        {
            reader.Read(Convert.FromHexString(hex));
        }

        // Two more than are kept: a content type, and a long one.
        SpdyStreamHeaders headers = reader.Read(Convert.FromHexString(
            "02198e21072ad41221f54311382b5a1858180069ce22487aca04e5332643232ce521273c5a407654008b565096656e494c4a1e45a368140d2002000000ffff"));

        Assert.Equal(new SpdyStreamHeaders("data", 8080, "12", IsTooLong: false), headers);
    }

    [Fact]
    public void Inflate_NoDictionary_IsAccepted()
    {
        SpdyInflater inflater = new(Limit);

        ReadOnlySpan<byte> text = inflater.Inflate([0x78, 0x9C, 0x00, 0x02, 0x00, 0xFD, 0xFF, 1, 2]);

        Assert.Equal([1, 2], text.ToArray());
    }

    [Fact]
    public void Inflate_WhatThePlatformCompresses_IsTheSame() =>
        Gen.Select(Gen.OneOf(Gen.Byte, Gen.Byte[(byte)'a', (byte)'c'], Gen.Byte[0, 1]).Array[0, 3000].Array[1, 12], Gen.Enum<CompressionLevel>()).Sample(
            (blocks, level) =>
            {
                SpdyInflater inflater = new(Limit);
                using MemoryStream compressed = new();
                compressed.Write([0x78, 0xBB, 0xE3, 0xC6, 0xA7, 0xC2]);
                using DeflateStream deflate = new(compressed, level, leaveOpen: true);
                foreach (byte[] block in blocks.Append([1]))
                {
                    deflate.Write(block);
                    deflate.Flush();
                    if (block.Length > 0)
                    {
                        Assert.Equal(block, inflater.Inflate(compressed.ToArray()).ToArray());
                        compressed.SetLength(0);
                    }
                }
            },
            iter: 200);

    [Fact]
    public void Inflate_MoreThanTheWindow_StillRefersBack()
    {
        SpdyInflater inflater = new(Limit);
        using MemoryStream compressed = new();
        compressed.Write([0x78, 0xBB, 0xE3, 0xC6, 0xA7, 0xC2]);
        using DeflateStream deflate = new(compressed, CompressionLevel.SmallestSize, leaveOpen: true);
        Random random = new(1);
        byte[] block = new byte[10_000];
        random.NextBytes(block);

        for (int i = 0; i < 20; i++)
        {
            random.NextBytes(block.AsSpan(random.Next(9_000), 500));
            deflate.Write(block);
            deflate.Flush();

            Assert.Equal(block, inflater.Inflate(compressed.ToArray()).ToArray());
            compressed.SetLength(0);
        }
    }

    [Fact]
    public void Inflate_MoreThanTheLimit_Throws()
    {
        SpdyInflater inflater = new(Limit);
        using MemoryStream compressed = new();
        compressed.Write([0x78, 0xBB, 0xE3, 0xC6, 0xA7, 0xC2]);
        using DeflateStream deflate = new(compressed, CompressionLevel.SmallestSize);
        deflate.Write(new byte[100 * 1024 * 1024]);
        deflate.Flush();
        byte[] bomb = compressed.ToArray();
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<SpdyException>(() => inflater.Inflate(bomb));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 128 * 1024);
    }

    [Fact]
    public void Inflate_AnyBytes_EndsWithinBounds() =>
        Gen.Byte.Array[0, 400].Sample(
            static bytes =>
            {
                SpdyInflater inflater = new(Limit);
                byte[] block = [0x78, 0xBB, 0xE3, 0xC6, 0xA7, 0xC2, .. bytes];
                try
                {
                    Assert.InRange(inflater.Inflate(block).Length, 0, Limit);
                }
                catch (SpdyException)
                {
                    // The other way to end.
                }
            },
            iter: 20_000);

    [Fact]
    public void Inflate_DamagedBlocks_EndWithinBounds() =>
        Gen.Select(Gen.Int[0, Golden.Length - 1], Gen.Int[0, 40], Gen.Byte, Gen.Bool).Sample(
            static (count, at, value, cut) =>
            {
                SpdyHeaderReader reader = new();
                for (int i = 0; i < count; i++)
                {
                    reader.Read(Convert.FromHexString(Golden[i].Hex));
                }

                byte[] block = Convert.FromHexString(Golden[count].Hex);
                at %= block.Length;
                block[at] = value;
                try
                {
                    SpdyStreamHeaders headers = reader.Read(cut ? block.AsSpan(0, at) : block);
                    Assert.InRange(headers.Type.Length, 0, SpdyHeaderReader.MaxValue);
                }
                catch (SpdyException)
                {
                    // The other way to end.
                }
            },
            iter: 20_000);

    [Theory]
    [InlineData("", "no zlib header")]
    [InlineData("78BB", "a dictionary without its name")]
    [InlineData("78BB00000001", "another dictionary")]
    [InlineData("79BBE3C6A7C2", "another method")]
    [InlineData("789D", "a wrong checksum")]
    [InlineData("78BBE3C6A7C20102000000", "the last block")]
    [InlineData("78BBE3C6A7C207", "an unknown block")]
    [InlineData("78BBE3C6A7C200040000", "a cut length")]
    [InlineData("78BBE3C6A7C200040004000000", "a damaged length")]
    [InlineData("78BBE3C6A7C2000400FBFF0000", "a cut stored block")]
    [InlineData("789C4B0400", "a block that is not flushed")]
    [InlineData("789C626400000000FFFF11", "a block that begins")]
    public void Inflate_Malformed_Throws(string hex, string why)
    {
        SpdyInflater inflater = new(Limit);

        Assert.Throws<SpdyException>(() => inflater.Inflate(Convert.FromHexString(hex)));

        Assert.NotEmpty(why);
    }

    [Theory]
    [InlineData("00000001", "no pair")]
    [InlineData("FFFFFFFF0000000000000000", "four billion headers")]
    [InlineData("00000001FFFFFFFF00000000", "a name of four gigabytes")]
    [InlineData("0000000100000001617FFFFFFF", "a value of two gigabytes")]
    [InlineData("000000010000000000000000", "an empty name")]
    [InlineData("0000000200000004706F72740000000000000004506F727400000000", "a repeated name")]
    [InlineData("0000000000", "bytes behind the headers")]
    public void Read_Malformed_Throws(string hex, string why)
    {
        SpdyHeaderReader reader = new();
        byte[] block = Stored(Convert.FromHexString(hex));
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<SpdyException>(() => reader.Read(block));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
        Assert.NotEmpty(why);
    }

    [Fact]
    public void Read_SeveralValues_FirstCounts()
    {
        byte[] value = [0, 0, 0, 1, 0, 0, 0, 4, .. "Port"u8, 0, 0, 0, 5, .. "80\081"u8];

        Assert.Equal(80, new SpdyHeaderReader().Read(Stored(value)).Port);
    }

    [Fact]
    public void Read_HeadersNobodyAsksFor_AreNotKept()
    {
        const int Blocks = 1000;
        byte[] value = [0, 0, 0, 1, 0, 0, 0, 1, (byte)'a', 0, 0, 0x0F, 0, .. new byte[0xF00]];
        byte[] first = Stored(value);
        SpdyHeaderReader reader = new();
        reader.Read(first);
        byte[] next = first[6..];
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < Blocks; i++)
        {
            reader.Read(next);
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Blocks, 0, 200);
    }

    private static byte[] Stored(byte[] bytes)
    {
        byte[] block = new byte[5 + bytes.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(1), (ushort)bytes.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(3), (ushort)~bytes.Length);
        bytes.CopyTo(block, 5);
        return [0x78, 0xBB, 0xE3, 0xC6, 0xA7, 0xC2, .. block];
    }

    private static uint Adler32(byte[] bytes)
    {
        uint a = 1;
        uint b = 0;
        foreach (byte value in bytes)
        {
            a = (a + value) % 65521;
            b = (b + a) % 65521;
        }

        return b << 16 | a;
    }
}
