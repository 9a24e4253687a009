namespace Crid.Daemon.Tests;

public sealed class MemoryTrimmerTests
{
    private const long Mebibyte = 1 << 20;

    [Theory]
    [InlineData(1, 0, 0, false)]
    [InlineData(3, 0, 2, true)]
    [InlineData(30, 0, 20, false)]
    [InlineData(31, 0, 30, true)]
    [InlineData(32, 31, 31, false)]
    public void IsDue_AllocatedMebibytes_OnlyAfterABurst(long allocated, long atLastTrim, long atLastTick, bool expected) =>
        Assert.Equal(expected, MemoryTrimmer.IsDue(allocated * Mebibyte, atLastTrim * Mebibyte, atLastTick * Mebibyte));
}
