namespace Crid.Daemon.Tests;

public sealed class TextFormTests
{
    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("30s", 30_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("0s", 0)]
    public void Duration_AsPeopleWriteIt_IsReadAndWritten(string text, int milliseconds)
    {
        Assert.True(DurationText.TryParse(text, out TimeSpan duration));

        Assert.Equal(milliseconds, duration.TotalMilliseconds);
        Assert.Equal(text, DurationText.Format(duration));
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1d")]
    [InlineData("1 s")]
    [InlineData("99999h")]
    [InlineData("99999999999999999999s")]
    public void Duration_AnythingElse_IsRefused(string text) => Assert.False(DurationText.TryParse(text, out _));

    [Theory]
    [InlineData("64MiB", 64L << 20)]
    [InlineData("1GiB", 1L << 30)]
    [InlineData("1025", 1025)]
    [InlineData("0", 0)]
    public void Size_AsPeopleWriteIt_IsReadAndWritten(string text, long bytes)
    {
        Assert.True(SizeText.TryParse(text, out long size));

        Assert.Equal(bytes, size);
        Assert.Equal(text, SizeText.Format(size));
    }

    [Theory]
    [InlineData("")]
    [InlineData("MiB")]
    [InlineData("1MB")]
    [InlineData("-1")]
    [InlineData("99999999999999GiB")]
    public void Size_AnythingElse_IsRefused(string text) => Assert.False(SizeText.TryParse(text, out _));

    [Theory]
    [InlineData("plain_key-1", "plain_key-1")]
    [InlineData("a.b:5000", "\"a.b:5000\"")]
    [InlineData("", "\"\"")]
    public void Key_OnlyWhereNeeded_IsQuoted(string name, string expected) => Assert.Equal(expected, TomlText.Key(name));
}
