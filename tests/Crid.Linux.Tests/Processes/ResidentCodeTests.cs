namespace Crid.Linux.Tests;

public sealed class ResidentCodeTests
{
    [Fact]
    public void Release_RunningProgram_RunsOnWithLess()
    {
        long released = ResidentCode.Release();

        Assert.InRange(released, 1, long.MaxValue);
        Assert.Equal("goes on", string.Join(' ', new[] { "goes", "on" }));
    }
}
