namespace Crid.Daemon.Tests;

public sealed class MemoryTrimmerTests
{
    private const long Mebibyte = 1 << 20;

    [Theory]
    [InlineData(1, 0, false)]
    [InlineData(3, 0, true)]
    [InlineData(32, 31, false)]
    [InlineData(40, 31, true)]
    public void IsDue_AllocatedMebibytes_OnlyWhereItIsWorthwhile(long allocated, long atLastTrim, bool expected) =>
        Assert.Equal(expected, MemoryTrimmer.IsDue(allocated * Mebibyte, atLastTrim * Mebibyte));
}
