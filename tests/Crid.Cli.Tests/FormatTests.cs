namespace Crid.Cli.Tests;

public class FormatTests
{
    [Theory]
    [InlineData(0UL, "0 B")]
    [InlineData(999UL, "999 B")]
    [InlineData(1000UL, "1.00 kB")]
    [InlineData(4_261_550UL, "4.26 MB")]
    [InlineData(12_345_678UL, "12.3 MB")]
    [InlineData(311_000_000UL, "311 MB")]
    [InlineData(999_999_999UL, "1.00 GB")]
    [InlineData(ulong.MaxValue, "18.4 EB")]
    public void Size_Bytes_HasThreeDigits(ulong bytes, string expected) => Assert.Equal(expected, HumanFormat.Size(bytes));

    [Theory]
    [InlineData(0.5, "now")]
    [InlineData(1, "1 second ago")]
    [InlineData(119, "119 seconds ago")]
    [InlineData(120, "2 minutes ago")]
    [InlineData(7200, "2 hours ago")]
    [InlineData(86400 * 3, "3 days ago")]
    [InlineData(86400 * 800, "2 years ago")]
    public void Ago_Seconds_UsesLargestFittingUnit(double seconds, string expected)
    {
        DateTimeOffset now = DateTimeOffset.UnixEpoch.AddYears(50);

        Assert.Equal(expected, HumanFormat.Ago(now.AddSeconds(-seconds), now));
    }

    [Theory]
    [InlineData("sha256:0123456789abcdef0123", "0123456789abc")]
    [InlineData("0123456789abcdef0123", "0123456789abc")]
    [InlineData("short", "short")]
    public void ShortId_Id_IsThirteenDigits(string id, string expected) => Assert.Equal(expected, HumanFormat.ShortId(id));

    [Theory]
    [InlineData("90", 90)]
    [InlineData("1.5s", 1.5)]
    [InlineData("500ms", 0.5)]
    [InlineData("1h30m", 5400)]
    [InlineData("2d", 172800)]
    public void Duration_WellFormed_IsParsed(string text, double seconds)
    {
        Assert.True(DurationText.TryParse(text, out TimeSpan duration));
        Assert.Equal(TimeSpan.FromSeconds(seconds), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("5 s")]
    [InlineData("5x")]
    [InlineData("1e400d")]
    public void Duration_Malformed_IsRefused(string text) => Assert.False(DurationText.TryParse(text, out _));

    [Theory]
    [InlineData("busybox", "docker.io/library/busybox:latest")]
    [InlineData("localhost:5000/app:1", "localhost:5000/app:1")]
    [InlineData("4f5a1c0e77b3d", "4f5a1c0e77b3d")]
    [InlineData("sha256:4f5a", "sha256:4f5a")]
    public void Normalise_ImageName_IsWrittenInFull(string text, string expected) => Assert.Equal(expected, ImageNames.Normalise(text));

    [Theory]
    [InlineData("unix:///run/x.sock", "/run/x.sock")]
    [InlineData("/run/x.sock", "/run/x.sock")]
    public void Address_SocketPath_IsFound(string text, string path) => Assert.Equal(path, DaemonAddress.Parse(text).SocketPath);

    [Fact]
    public void Address_NotASocket_IsAUsageError()
    {
        CliException error = Assert.Throws<CliException>(() => DaemonAddress.Parse("tcp://1.2.3.4:5"));

        Assert.Equal(ExitCodes.Usage, error.ExitCode);
    }
}
