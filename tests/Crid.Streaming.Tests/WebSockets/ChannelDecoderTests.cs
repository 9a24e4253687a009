using System.Text;
using CsCheck;

namespace Crid.Streaming.Tests;

public sealed class ChannelDecoderTests
{
    private static readonly Gen<int[]> Cuts = Gen.Int[0, 9].Array[1, 20];

    /// <summary>Bytes that are often base64, padding, or a signal.</summary>
    private static readonly Gen<byte[]> NearlyText = Gen.OneOf(
        Gen.Byte, Gen.Byte[(byte)'A', (byte)'Z'], Gen.Const((byte)'='), Gen.Const((byte)' '), Gen.Const((byte)'0'), Gen.Const(byte.MaxValue)).Array[0, 60];

    [Fact]
    public void Append_MessagesInAnyPieces_AreTheSameData() =>
        Gen.Select(Gen.Byte[0, 9], Gen.Byte.Array[0, 300], Gen.Bool, Cuts).Array[1, 8].Sample(
            static messages =>
            {
                foreach (bool base64 in new[] { false, true })
                {
                    Received received = new();
                    ChannelDecoder decoder = new(received, base64, hasClose: false);
                    foreach ((byte channel, byte[] data, bool isEndApart, int[] cuts) in messages)
                    {
                        received.Data.Clear();

                        AppendInPieces(decoder, Encode(channel, data, base64), cuts, isEndApart);

                        Assert.Equal(data, received.Data.ToArray());
                        Assert.All(received.Channels, actual => Assert.Equal(channel, actual));
                        received.Channels.Clear();
                    }
                }
            },
            iter: 2_000);

    [Fact]
    public void Append_CloseSignalInAnyPieces_EndsItsChannel() =>
        Gen.Select(Gen.Byte, Cuts, Gen.Bool).Sample(
            static (channel, cuts, isEndApart) =>
            {
                Received received = new();

                AppendInPieces(new ChannelDecoder(received, base64: false, hasClose: true), [ChannelDecoder.CloseSignal, channel], cuts, isEndApart);

                Assert.Equal(channel, Assert.Single(received.Ended));
                Assert.Empty(received.Data);
            },
            iter: 2_000);

    [Fact]
    public void Append_AnyBytesInAnyPieces_EndWithinBounds() =>
        Gen.Select(NearlyText, Cuts, Gen.Bool, Gen.Bool, Gen.Bool).Sample(
            static (bytes, cuts, base64, hasClose, isEndApart) => RunHostile(bytes, cuts, base64, hasClose, isEndApart),
            iter: 20_000);

    [Fact]
    public void Append_DamagedCorpus_EndsWithinBounds() =>
        Gen.Select(Corpus.Any("channels"), Gen.Int[0, 400], Gen.Byte, Cuts, Gen.Bool, Gen.Bool).Sample(
            static (message, at, value, cuts, base64, hasClose) =>
            {
                byte[] damaged = [.. message];
                damaged[at % damaged.Length] = value;
                RunHostile(damaged, cuts, base64, hasClose, isEndApart: at % 2 == 0);
            },
            iter: 20_000);

    [Theory]
    [InlineData("QQ==QUJD", new[] { 5 })]
    [InlineData("QQ==QUJD", new[] { 9 })]
    [InlineData("QUI=QQ==", new[] { 1, 4 })]
    public void Append_PaddingWithinAMessage_ThrowsInAnyPieces(string text, int[] cuts)
    {
        ChannelDecoder decoder = new(new Received(), base64: true, hasClose: false);

        Assert.Throws<InvalidDataException>(() => AppendInPieces(decoder, Encoding.ASCII.GetBytes($"0{text}"), cuts, isEndApart: false));
    }

    private static void RunHostile(byte[] bytes, int[] cuts, bool base64, bool hasClose, bool isEndApart)
    {
        Received received = new();
        ChannelDecoder decoder = new(received, base64, hasClose);
        try
        {
            AppendInPieces(decoder, bytes, cuts, isEndApart);
            Assert.InRange(received.Ended.Count, 0, hasClose ? 1 : 0);

            AppendInPieces(decoder, Encode(3, "next"u8.ToArray(), base64), cuts, isEndApart);
            Assert.Equal("next"u8.ToArray(), received.Data.TakeLast(4).ToArray());
        }
        catch (InvalidDataException)
        {
            // The other way to end.
        }

        Assert.InRange(received.Data.Count, 0, bytes.Length + 4);
        Assert.All(received.Channels, static channel => Assert.InRange(channel, 0, byte.MaxValue));
    }

    /// <summary>Appends as the socket's loop does: every piece at the same place of one buffer that has room for what is kept before it.</summary>
    private static void AppendInPieces(ChannelDecoder decoder, byte[] message, int[] cuts, bool isEndApart)
    {
        byte[] buffer = new byte[ChannelDecoder.MaxKept + Math.Max(message.Length, 1)];
        int at = 0;
        for (int i = 0; at < message.Length; i++)
        {
            int count = Math.Min(i < cuts.Length ? cuts[i] : message.Length, message.Length - at);
            message.AsSpan(at, count).CopyTo(buffer.AsSpan(ChannelDecoder.MaxKept));
            at += count;
            decoder.Append(buffer, ChannelDecoder.MaxKept, count, isEnd: at == message.Length && !isEndApart);
        }

        if (isEndApart || message.Length == 0)
        {
            decoder.Append(buffer, ChannelDecoder.MaxKept, 0, isEnd: true);
        }
    }

    private static byte[] Encode(byte channel, byte[] data, bool base64) =>
        base64 ? Encoding.ASCII.GetBytes((char)('0' + channel) + Convert.ToBase64String(data)) : [channel, .. data];

    /// <summary>Keeps what the decoder hands on.</summary>
    private sealed class Received : IChannelReceiver
    {
        public List<byte> Data { get; } = [];

        public List<int> Channels { get; } = [];

        public List<int> Ended { get; } = [];

        public void Receive(int channel, ReadOnlySpan<byte> data)
        {
            Channels.Add(channel);
            Data.AddRange(data);
        }

        public void End(int channel) => Ended.Add(channel);

        public void Lost(IOException reason) => throw new NotSupportedException("the decoder does not know of losses", reason);
    }
}
