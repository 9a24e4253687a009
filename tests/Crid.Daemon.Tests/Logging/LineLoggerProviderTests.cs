using System.Text;
using Microsoft.Extensions.Logging;

namespace Crid.Daemon.Tests;

public sealed class LineLoggerProviderTests
{
    [Fact]
    public void Log_TwoEvents_AreTwoLinesWrittenAtOnce()
    {
        using WriteCounter output = new();
        using LineLoggerProvider provider = new(output, LogLineWriter.Create(LogFormat.Text), TimeProvider.System, forJournal: false);
        ILogger logger = provider.CreateLogger("test");

        TestLog.First(logger, "value");
        TestLog.Second(logger);

        string[] lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n');
        Assert.Equal(2, output.Writes);
        Assert.Equal(3, lines.Length);
        Assert.Matches("^time=[^ ]+ level=info event=1 source=test msg=\"first value\" Key=value$", lines[0]);
        Assert.Matches("^time=[^ ]+ level=error event=2 source=test msg=second$", lines[1]);
    }

    [Fact]
    public void Log_ForTheJournal_BeginsWithThePriorityAndHasNoTime()
    {
        using WriteCounter output = new();
        using LineLoggerProvider provider = new(output, LogLineWriter.Create(LogFormat.Text), TimeProvider.System, forJournal: true);

        TestLog.Careful(provider.CreateLogger("test"));

        Assert.Equal("<4>level=warning event=3 source=test msg=careful\n", Encoding.UTF8.GetString(output.ToArray()));
    }

    [Fact]
    public void Log_ReaderHasGone_DoesNotThrow()
    {
        using BrokenPipe output = new();
        using LineLoggerProvider provider = new(output, LogLineWriter.Create(LogFormat.Text), TimeProvider.System, forJournal: false);

        TestLog.Second(provider.CreateLogger("test"));

        Assert.Equal(1, output.Attempts);
    }

    [Theory]
    [InlineData("8:1234", "socket:[1234]", true)]
    [InlineData("8:1234", "socket:[12345]", false)]
    [InlineData("8:1234", "/dev/null", false)]
    [InlineData("", "socket:[1234]", false)]
    public void Names_StreamAndTarget_MustBeTheSame(string stream, string target, bool expected) =>
        Assert.Equal(expected, JournalStream.Names(stream, target));

    private sealed class WriteCounter : MemoryStream
    {
        public int Writes { get; private set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Writes++;
            base.Write(buffer);
        }
    }

    private sealed class BrokenPipe : MemoryStream
    {
        public int Attempts { get; private set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Attempts++;
            throw new IOException("Broken pipe");
        }
    }
}
