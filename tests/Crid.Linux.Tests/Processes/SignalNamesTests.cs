namespace Crid.Linux.Tests;

public sealed class SignalNamesTests
{
    [Theory]
    [InlineData("SIGTERM", 15)]
    [InlineData("term", 15)]
    [InlineData("9", 9)]
    [InlineData("SIGRTMIN", 34)]
    [InlineData("SIGRTMIN+3", 37)]
    [InlineData("RTMAX-1", 63)]
    [InlineData("sigsys", 31)]
    [InlineData("SIGPOLL", 29)]
    public void TryParse_Known_IsItsNumber(string text, int expected)
    {
        bool parsed = SignalNames.TryParse(text, out int signal);

        Assert.True(parsed);
        Assert.Equal(expected, signal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("SIG")]
    [InlineData("0")]
    [InlineData("65")]
    [InlineData("-1")]
    [InlineData("SIGNOPE")]
    [InlineData("RT")]
    [InlineData("RTMIN-1")]
    [InlineData("RTMIN+31")]
    public void TryParse_Unknown_IsFalse(string text) => Assert.False(SignalNames.TryParse(text, out _));

    [Theory]
    [InlineData(32, "32")]
    [InlineData(34, "SIGRTMIN")]
    [InlineData(35, "SIGRTMIN+1")]
    [InlineData(49, "SIGRTMIN+15")]
    [InlineData(50, "SIGRTMAX-14")]
    [InlineData(63, "SIGRTMAX-1")]
    [InlineData(64, "SIGRTMAX")]
    public void ToName_RealTimeSignal_IsNamedFromTheNearerEnd(int signal, string expected) => Assert.Equal(expected, SignalNames.ToName(signal));

    [Fact]
    public void ToName_EveryNumber_ParsesBack()
    {
        for (int signal = 1; signal <= 64; signal++)
        {
            Assert.True(SignalNames.TryParse(SignalNames.ToName(signal), out int back));
            Assert.Equal(signal, back);
        }
    }
}
