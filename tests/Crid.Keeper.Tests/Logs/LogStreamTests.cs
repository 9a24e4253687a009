using System.Text;
using Crid.Linux;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper.Tests;

public sealed class LogStreamTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("crid-keeper-").FullName;
    private readonly LogBuffers _buffers = new(Spool.InMemory);
    private readonly PipeEnds _pipe = Descriptor.CreatePipe(nonBlockingReader: true);
    private readonly ControlLoop _loop = new(NullLogger.Instance);
    private readonly AttachedClients _clients;
    private readonly LogFile _file;
    private readonly LogStream _stream;

    public LogStreamTests()
    {
        _clients = new AttachedClients(_loop);
        _file = LogFile.Open(LogPath, TimeProvider.System, NullLogger.Instance);
        _stream = NewStream(OutputKind.Stderr, _pipe.Reader, _file);
    }

    private string LogPath => $"{_directory}/pod/0.log";

    private string RestPath => $"{_directory}/stderr.rest";

    public void Dispose()
    {
        _stream.Close();
        _pipe.Writer.Dispose();
        _file.Dispose();
        _loop.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void Pump_LineInPieces_IsOneLine()
    {
        foreach (string piece in (string[])["ab", "cd", "e\nf"])
        {
            Write(piece);
            Assert.True(_stream.Pump(_buffers, maxReads: 4, untilEmpty: true));
        }

        Assert.Equal(["stderr F abcde"], ReadLines());
    }

    [Fact]
    public void Pump_EndOfStream_LogsTheRestAsPartial()
    {
        Write("line\nrest");
        _pipe.Writer.Dispose();

        bool more = _stream.Pump(_buffers, maxReads: 4, untilEmpty: true);

        Assert.False(more);
        Assert.Equal(["stderr F line", "stderr P rest"], ReadLines());
    }

    [Fact]
    public void Pump_RestAtTheLimitThenMore_IsSplitThere()
    {
        Write("0123456789");
        _stream.Pump(_buffers, maxReads: 4, untilEmpty: true);
        string[] before = ReadLines();
        Write("x\n");
        _stream.Pump(_buffers, maxReads: 4, untilEmpty: true);

        Assert.Empty(before);
        Assert.Equal(["stderr P 0123456789", "stderr F x"], ReadLines());
    }

    [Fact]
    public void Pump_RandomPieces_GiveBackTheInput()
    {
        Random random = new(7);
        byte[] input = new byte[20_000];
        for (int i = 0; i < input.Length; i++)
        {
            input[i] = random.Next(12) == 0 ? (byte)'\n' : (byte)random.Next(32, 127);
        }

        for (int offset = 0; offset < input.Length;)
        {
            int count = Math.Min(random.Next(1, 60), input.Length - offset);
            _ = Descriptor.TryWrite(_pipe.Writer, input.AsSpan(offset, count), out _);
            offset += count;
            _stream.Pump(_buffers, maxReads: 1, untilEmpty: true);
        }

        _pipe.Writer.Dispose();
        _stream.Pump(_buffers, maxReads: 2, untilEmpty: true);
        StringBuilder output = new();
        foreach (string line in ReadLines())
        {
            Assert.True(line.Length <= "stderr F ".Length + 10);
            output.Append(line["stderr F ".Length..]).Append(line.StartsWith("stderr F", StringComparison.Ordinal) ? "\n" : "");
        }

        Assert.Equal(Encoding.UTF8.GetString(input), output.ToString());
    }

    [Fact]
    public void Pump_IncompleteLine_IsStoredUntilItsEnd()
    {
        Write("line\nhalf");
        _stream.Pump(_buffers, maxReads: 4, untilEmpty: true);
        byte[] before = LineRest.Read(RestPath);
        Write(" whole\n");
        _stream.Pump(_buffers, maxReads: 4, untilEmpty: true);

        Assert.Equal("half"u8, before);
        Assert.Empty(LineRest.Read(RestPath));
        Assert.Equal(SpoolMode.Idle, _buffers.Spool.State.Mode);
    }

    [Fact]
    public void TakeOverRest_LinesOfAKilledKeeper_AreLoggedBeforeWhatFollows()
    {
        _stream.TakeOverRest("one\ntwo\nthr"u8);
        Write("ee\n");

        _stream.Pump(_buffers, maxReads: 4, untilEmpty: true);

        Assert.Equal(["stderr F one", "stderr F two", "stderr F three"], ReadLines());
    }

    [Fact]
    public void TakeOverRest_NothingFollows_IsLogged()
    {
        byte[] rest = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 30_000).Select(static i => $"{i % 10}\n")) + "end");
        _stream.TakeOverRest(rest);

        _stream.Drain(_buffers, maxReads: 1, patienceMilliseconds: 0);

        Assert.Equal(30_000, ReadLines().Length);
        Assert.Equal("end"u8, LineRest.Read(RestPath));
    }

    [Fact]
    public void Pump_LongLinesOfAnyLength_GiveBackTheInput()
    {
        LogStream stream = new(
            new Output("c1", OutputKind.Stderr, Output.MaxLineLimit, RestPath), Descriptor.Duplicate(_pipe.Reader), _file, _clients, TimeProvider.System, NullLogger.Instance);
        Random random = new(3);
        List<string> lines = [];
        for (int i = 0; i < 200; i++)
        {
            string line = new((char)('a' + (i % 26)), random.Next(Output.MaxLineLimit));
            lines.Add($"stderr F {line}");
            byte[] bytes = Encoding.UTF8.GetBytes($"{line}\n");
            for (int offset = 0; offset < bytes.Length;)
            {
                int count = Math.Min(random.Next(1, 50_000), bytes.Length - offset);
                Assert.Equal(count, Descriptor.TryWrite(_pipe.Writer, bytes.AsSpan(offset, count), out _));
                offset += count;
                stream.Pump(_buffers, random.Next(1, 4), untilEmpty: true);
            }
        }

        stream.Close();
        Assert.Equal(lines, ReadLines());
    }

    [Fact]
    public void Pump_DiskFull_GoesOnReading()
    {
        using LogFile full = LogFile.Open("/dev/full", TimeProvider.System, NullLogger.Instance);
        PipeEnds pipe = Descriptor.CreatePipe(nonBlockingReader: true);
        LogStream stream = NewStream(OutputKind.Stdout, pipe.Reader, full);
        using SafeFileHandle writer = pipe.Writer;

        _ = Descriptor.TryWrite(writer, "line\n"u8, out _);
        bool more = stream.Pump(_buffers, maxReads: 4, untilEmpty: true);
        stream.Close();

        Assert.True(more);
    }

    [Fact]
    public void Pump_SteadyState_AllocatesNothing()
    {
        byte[] lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("0123456\n012", 400)));
        PumpLines(lines);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            PumpLines(lines);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Reopen_PathRenamed_LaterLinesAreInTheNewFile()
    {
        Write("old\nhalf");
        _stream.Pump(_buffers, maxReads: 4, untilEmpty: true);
        File.Move(LogPath, $"{LogPath}.1");

        _file.Reopen();
        Write(" new\n");
        _stream.Pump(_buffers, maxReads: 4, untilEmpty: true);

        Assert.Equal(["stderr F half new"], ReadLines());
        Assert.EndsWith("stderr F old\n", File.ReadAllText($"{LogPath}.1"), StringComparison.Ordinal);
    }

    private LogStream NewStream(OutputKind kind, SafeFileHandle source, LogFile file) =>
        new(new Output("c1", kind, MaxLineBytes: 10, RestPath), source, file, _clients, TimeProvider.System, NullLogger.Instance);

    private void PumpLines(byte[] lines)
    {
        _ = Descriptor.TryWrite(_pipe.Writer, lines, out _);
        _stream.Pump(_buffers, maxReads: 4, untilEmpty: true);
    }

    private void Write(string text) => Assert.Equal(text.Length, Descriptor.TryWrite(_pipe.Writer, Encoding.UTF8.GetBytes(text), out _));

    private string[] ReadLines() => File.ReadAllText(LogPath)
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..])
        .ToArray();
}
