namespace Crid.Cli.Tests;

public class QuantityTests
{
    [Theory]
    [InlineData("64Mi", 64L << 20)]
    [InlineData("1G", 1_000_000_000)]
    [InlineData("1.5Ki", 1536)]
    [InlineData("128974848", 128974848)]
    [InlineData("129e6", 129_000_000)]
    [InlineData("100m", 1)]
    [InlineData("0", 0)]
    public void TryParse_Bytes_RoundsUp(string text, long expected)
    {
        Assert.True(Quantity.TryParse(text, 1, out long amount));
        Assert.Equal(expected, amount);
    }

    [Theory]
    [InlineData("100m", 100)]
    [InlineData("0.5", 500)]
    [InlineData("2", 2000)]
    [InlineData("1u", 1)]
    public void TryParse_Cores_AreThousandths(string text, long expected)
    {
        Assert.True(Quantity.TryParse(text, 0.001m, out long amount));
        Assert.Equal(expected, amount);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Mi")]
    [InlineData("-1")]
    [InlineData("64MB")]
    [InlineData("1.2.3")]
    [InlineData("99999999999E")]
    [InlineData("1e99")]
    public void TryParse_Malformed_IsRefused(string text) => Assert.False(Quantity.TryParse(text, 1, out _));
}
