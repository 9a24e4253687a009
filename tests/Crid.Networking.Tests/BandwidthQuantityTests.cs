using Crid.Core;

namespace Crid.Networking.Tests;

public sealed class BandwidthQuantityTests
{
    [Theory]
    [InlineData("1k", 1000)]
    [InlineData("10M", 10_000_000)]
    [InlineData("1.5G", 1_500_000_000)]
    [InlineData("1Ki", 1024)]
    [InlineData("2Mi", 2_097_152)]
    [InlineData("5000", 5000)]
    [InlineData("1e6", 1_000_000)]
    [InlineData("1000000m", 1000)]
    [InlineData("1P", 1_000_000_000_000_000)]
    public void Parse_Quantity_GivesBitsPerSecond(string text, long expected)
    {
        Assert.Equal(expected, BandwidthQuantity.Parse("rate", text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("M")]
    [InlineData("999")]
    [InlineData("1001T")]
    [InlineData("-1M")]
    [InlineData("1 M")]
    [InlineData("ten")]
    [InlineData("1E")]
    [InlineData("1e500")]
    [InlineData("1000000000000000P")]
    public void Parse_NotARateOrOutOfRange_ThrowsInvalidArgument(string text)
    {
        CridException exception = Assert.Throws<CridException>(() => BandwidthQuantity.Parse("rate", text));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
    }
}
