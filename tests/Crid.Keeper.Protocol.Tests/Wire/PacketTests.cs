namespace Crid.Keeper.Protocol.Tests;

public sealed class PacketTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(KeeperWire.MaxPacketBytes - 1)]
    [InlineData(KeeperWire.MaxPacketBytes)]
    [InlineData(200_000)]
    public void Add_SplitMessage_IsPutTogether(int length)
    {
        byte[] message = new byte[length];
        Random.Shared.NextBytes(message);
        PacketAssembler assembler = new();

        foreach (int round in (int[])[1, 2])
        {
            PacketSplitter splitter = new(message);
            byte[] packet = new byte[KeeperWire.MaxPacketBytes];
            bool complete = false;
            ReadOnlySpan<byte> result = default;
            while (splitter.Next(packet) is int count and > 0)
            {
                Assert.False(complete);
                complete = assembler.Add(packet.AsSpan(0, count), out result);
            }

            Assert.True(complete, $"round {round}");
            Assert.Equal(message, result);
        }
    }

    [Fact]
    public void Add_EndlessMessage_IsRefused()
    {
        PacketAssembler assembler = new();
        byte[] packet = new byte[KeeperWire.MaxPacketBytes];
        packet[0] = KeeperWire.MorePackets;

        InvalidDataException failure = Assert.Throws<InvalidDataException>(() =>
        {
            for (int i = 0; i <= KeeperWire.MaxMessageBytes / KeeperWire.MaxPacketBytes + 1; i++)
            {
                assembler.Add(packet, out _);
            }
        });

        Assert.Contains("larger", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 2, 1 })]
    public void Add_NoPacket_IsRefused(byte[] packet) => Assert.Throws<InvalidDataException>(() => new PacketAssembler().Add(packet, out _));
}
