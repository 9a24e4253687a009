namespace Crid.Linux.Tests;

public sealed class RouteMessagesTests
{
    [Fact]
    public void RaiseLoopback_Always_IsASetLinkRequestForIndexOne()
    {
        byte[] message = RouteMessages.RaiseLoopback();

        Assert.Equal(
            "20000000" + "1300" + "0500" + "00000000" + "00000000" // length 32, RTM_SETLINK, REQUEST|ACK, sequence, port
            + "00" + "00" + "0000" + "01000000" + "01000000" + "01000000", // family, padding, type, index 1, flags UP, change UP
            Convert.ToHexStringLower(message));
    }

    [Fact]
    public void DoNothing_Always_IsANoopThatAsksForAnAcknowledgement()
    {
        Assert.Equal("10000000" + "0100" + "0500" + "00000000" + "00000000", Convert.ToHexStringLower(RouteMessages.DoNothing()));
    }
}
