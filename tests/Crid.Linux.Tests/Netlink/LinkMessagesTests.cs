using System.Runtime.InteropServices;

namespace Crid.Linux.Tests;

public sealed class LinkMessagesTests
{
    [Fact]
    public void GetNumber_Descriptor_AsksByFile() => Assert.Equal(
        "1c000000" + "5a00" + "0500" + "07000000" + "00000000" // length 28, RTM_GETNSID, REQUEST|ACK, sequence 7, port
        + "00000000" + "0800" + "0300" + "09000000", // family, NETNSA_FD 9
        Convert.ToHexStringLower(LinkMessages.GetNumber(7, 9)));

    [Fact]
    public void AssignNumber_Descriptor_LetsTheKernelChoose() => Assert.Equal(
        "24000000" + "5800" + "0500" + "07000000" + "00000000"
        + "00000000" + "0800" + "0100" + "ffffffff" + "0800" + "0300" + "09000000",
        Convert.ToHexStringLower(LinkMessages.AssignNumber(7, 9)));

    [Fact]
    public void ListLinks_Number_IsADumpOfThatNamespace() => Assert.Equal(
        "28000000" + "1200" + "0103" + "07000000" + "00000000" // RTM_GETLINK, REQUEST|DUMP
        + "00000000000000000000000000000000" + "0800" + "2e00" + "02000000", // ifinfomsg, IFLA_TARGET_NETNSID 2
        Convert.ToHexStringLower(LinkMessages.ListLinks(7, 2)));

    [Theory]
    [InlineData("00000000" + "0800" + "0100" + "05000000", 5)]
    [InlineData("00000000" + "0800" + "0100" + "ffffffff", -1)]
    [InlineData("00000000", -1)]
    public void ParseNumber_Answer_FindsIt(string body, int expected) =>
        Assert.Equal(expected, LinkMessages.ParseNumber(Convert.FromHexString(body)));

    [Fact]
    public void ParseLink_NameAndCounters_AreFound()
    {
        byte[] statistics = new byte[4 + 192];
        MemoryMarshal.Write(statistics, (ushort)statistics.Length);
        MemoryMarshal.Write(statistics.AsSpan(2), (ushort)23);
        for (int i = 0; i < 24; i++)
        {
            MemoryMarshal.Write(statistics.AsSpan(4 + (i * 8)), (ulong)(i + 1));
        }

        byte[] body =
        [
            .. Convert.FromHexString("000001000200000043100000" + "00000000"), // index 2, flags UP among others
            .. Convert.FromHexString("0900" + "0300" + "6574683000" + "000000"), // eth0 and padding
            .. statistics,
        ];

        InterfaceCounters expected = new("eth0")
        {
            ReceivedPackets = 1,
            SentPackets = 2,
            ReceivedBytes = 3,
            SentBytes = 4,
            ReceiveErrors = 5,
            SendErrors = 6,
            ReceiveDrops = 7,
            SendDrops = 8,
        };
        Assert.Equal(expected, LinkMessages.ParseLink(body));
    }

    [Fact]
    public void TryTake_TwoMessagesAndATail_TakesTheWholeOnes()
    {
        ReadOnlySpan<byte> buffer = Convert.FromHexString(
            "12000000" + "1000" + "0000" + "01000000" + "00000000" + "abcd" + "0000" // 18 bytes and padding
            + "14000000" + "0200" + "0000" + "02000000" + "00000000" + "ffffffff" // an error: -1
            + "ff000000");

        Assert.True(NetlinkMessage.TryTake(ref buffer, out NetlinkMessage first));
        Assert.Equal((16, 1U, 2), (first.Type, first.Sequence, first.Body.Length));
        Assert.True(NetlinkMessage.TryTake(ref buffer, out NetlinkMessage second));
        Assert.Equal((NetlinkMessage.Error, 2U, 1), (second.Type, second.Sequence, second.ErrorNumber));
        Assert.False(NetlinkMessage.TryTake(ref buffer, out _));
    }
}
