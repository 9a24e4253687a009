using System.Text;

namespace Crid.Keeper.Tests;

public sealed class LineFormatterTests
{
    private const string Time = "2026-03-04T05:06:07.123456700Z";

    [Fact]
    public void Format_WholeLines_EachBecomesOne()
    {
        string lines = Format("a\n\nb c\r\n", limit: 100, out int consumed);

        Assert.Equal($"{Time} stdout F a\n{Time} stdout F \n{Time} stdout F b c\r\n", lines);
        Assert.Equal(8, consumed);
    }

    [Fact]
    public void Format_IncompleteLine_IsLeft()
    {
        string lines = Format("a\nbcd", limit: 100, out int consumed);

        Assert.Equal($"{Time} stdout F a\n", lines);
        Assert.Equal(2, consumed);
    }

    [Theory]
    [InlineData("abcd\n", "F abcd")]
    [InlineData("abcde\n", "P abcd|F e")]
    [InlineData("abcdefgh\n", "P abcd|F efgh")]
    [InlineData("abcdefghi", "P abcd|P efgh")]
    [InlineData("abcd", "")]
    public void Format_LineAboveTheLimit_IsSplitIntoPartialOnes(string input, string expected)
    {
        string lines = Format(input, limit: 4, out _);

        Assert.Equal(expected, string.Join('|', lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line[(Time.Length + 8)..])));
    }

    [Fact]
    public void Format_OutputFull_StopsBetweenLines()
    {
        LineFormatter formatter = New();
        byte[] output = new byte[LineFormatter.PrefixLength + 2];

        int written = formatter.Format("a\nb\n"u8, output, limit: 100, out int consumed);

        Assert.Equal(output.Length, written);
        Assert.Equal(2, consumed);
    }

    [Fact]
    public void FormatRest_EndOfStream_IsPartial()
    {
        LineFormatter formatter = New();
        byte[] output = new byte[100];

        int written = formatter.FormatRest("rest"u8, output);

        Assert.Equal($"{Time} stdout P rest\n", Encoding.UTF8.GetString(output, 0, written));
    }

    [Fact]
    public void Format_SteadyState_AllocatesNothing()
    {
        LineFormatter formatter = New();
        byte[] input = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(new string('x', 99) + "\n", 600)));
        byte[] output = new byte[128 << 10];
        formatter.Format(input, output, limit: 16384, out _);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            formatter.SetTime(DateTimeOffset.UnixEpoch);
            formatter.Format(input, output, limit: 16384, out _);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static LineFormatter New()
    {
        LineFormatter formatter = new(OutputKind.Stdout);
        formatter.SetTime(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero).AddTicks(1234567));
        return formatter;
    }

    private static string Format(string input, int limit, out int consumed)
    {
        LineFormatter formatter = New();
        byte[] output = new byte[4096];
        int written = formatter.Format(Encoding.UTF8.GetBytes(input), output, limit, out consumed);
        return Encoding.UTF8.GetString(output, 0, written);
    }
}
