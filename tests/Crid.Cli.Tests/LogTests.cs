using System.Text;

namespace Crid.Cli.Tests;

public sealed class LogTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("crid-logs-").FullName;

    private string LogPath => Path.Combine(_directory, "0.log");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("2026-01-02T03:04:05.123456789Z stdout F hello world", false, false, "hello world")]
    [InlineData("2026-01-02T03:04:05Z stderr P:x part", true, true, "part")]
    [InlineData("2026-01-02T03:04:05Z stdout F ", false, false, "")]
    [InlineData("2026-01-02T03:04:05Z stdout F", false, false, "")]
    public void TryParse_CriLine_GivesItsParts(string text, bool isError, bool isPartial, string content)
    {
        Assert.True(LogLine.TryParse(Encoding.UTF8.GetBytes(text), out LogLine line));
        Assert.Equal(isError, line.IsStandardError);
        Assert.Equal(isPartial, line.IsPartial);
        Assert.Equal(content, Encoding.UTF8.GetString(line.Content));
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), line.Time()!.Value.AddTicks(-(line.Time()!.Value.Ticks % TimeSpan.TicksPerSecond)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no-spaces")]
    [InlineData("2026-01-02T03:04:05Z stdlog F x")]
    [InlineData("2026-01-02T03:04:05Z stdout X x")]
    public void TryParse_OtherText_IsRefused(string text) => Assert.False(LogLine.TryParse(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public async Task Read_PartialLines_AreJoinedAndStreamsKeptApart()
    {
        Append("t stdout P one ", "t stderr F oops", "t stdout F line", "garbage", "t stdout F second");

        (string output, string error) = await ReadAsync(new LogOptions());

        Assert.Equal("one line\nsecond\n", output);
        Assert.Equal("oops\n", error);
    }

    [Fact]
    public async Task Read_Timestamps_StandAtTheBeginningOfLinesOnly()
    {
        Append("t1 stdout P one ", "t2 stdout F line");

        (string output, _) = await ReadAsync(new LogOptions(Timestamps: true));

        Assert.Equal("t1 one line\n", output);
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "three\n")]
    [InlineData(2, "two and a half\nthree\n")]
    [InlineData(9, "one\ntwo and a half\nthree\n")]
    public async Task Read_Tail_CountsWholeLines(int lines, string expected)
    {
        Append("t stdout F one", "t stdout P two and ", "t stdout F a half", "t stdout F three");

        (string output, _) = await ReadAsync(new LogOptions(Tail: lines));

        Assert.Equal(expected, output);
    }

    [Fact]
    public async Task Read_Since_LeavesOutOlderLines()
    {
        Append("2026-01-02T03:04:05.000000001Z stdout F old", "2026-01-02T03:04:06.000000001+00:00 stdout F new");

        (string output, _) = await ReadAsync(new LogOptions(Since: new DateTimeOffset(2026, 1, 2, 3, 4, 6, TimeSpan.Zero)));

        Assert.Equal("new\n", output);
    }

    [Fact]
    public async Task Read_Follow_GoesOnInTheNewFileAfterARotation()
    {
        Append("t stdout F first");
        Queue<Action> steps = new(
        [
            () => Append("t stdout F second"),
            () =>
            {
                File.Move(LogPath, LogPath + ".20260102-030405");
                File.AppendAllText(LogPath + ".20260102-030405", "t stdout F late\n");
            },
            () => Append("t stdout F third"),
        ]);

        (string output, _) = await ReadAsync(new LogOptions(Follow: true), _ =>
        {
            bool hasEnded = !steps.TryDequeue(out Action? step);
            step?.Invoke();
            return Task.FromResult(hasEnded);
        });

        Assert.Equal("first\nsecond\nlate\nthird\n", output);
    }

    [Fact]
    public async Task Read_WrittenJustBeforeTheEnd_IsNotLost()
    {
        Append("t stdout F first");

        (string output, _) = await ReadAsync(new LogOptions(Follow: true), _ =>
        {
            Append("t stdout F last");
            return Task.FromResult(true);
        });

        Assert.EndsWith("first\nlast\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_NoFile_EndsWithTheContainer()
    {
        (string output, _) = await ReadAsync(new LogOptions(Follow: true), _ => Task.FromResult(true));

        Assert.Empty(output);
    }

    [Fact]
    public async Task Read_LineLongerThanABlock_StaysWhole()
    {
        string text = new('x', 200_000);
        Append("t stdout F " + text, "t stdout F end");

        (string output, _) = await ReadAsync(new LogOptions());

        Assert.Equal(text + "\nend\n", output);
    }

    private void Append(params string[] lines) => File.AppendAllText(LogPath, string.Concat(lines.Select(line => line + "\n")));

    private async Task<(string Output, string Error)> ReadAsync(LogOptions options, Func<CancellationToken, Task<bool>>? hasEnded = null)
    {
        using MemoryStream output = new();
        using MemoryStream error = new();
        LogPrinter printer = new(output, error, options);
        await new LogReader(TimeProvider.System).ReadAsync(
            LogPath, printer, options, hasEnded ?? (_ => Task.FromResult(true)), TestContext.Current.CancellationToken);
        return (Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }
}
