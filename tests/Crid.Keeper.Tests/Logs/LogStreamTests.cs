using System.Text;
using Crid.Linux;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper.Tests;

public sealed class LogStreamTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("crid-keeper-").FullName;
    private readonly LogBuffers _buffers = new();
    private readonly PipeEnds _pipe = Descriptor.CreatePipe(nonBlockingReader: true);
    private readonly ControlLoop _loop = new(NullLogger.Instance);
    private readonly AttachedClients _clients;
    private readonly LogFile _file;
    private readonly LogStream _stream;

    public LogStreamTests()
    {
        _clients = new AttachedClients(_loop);
        _file = LogFile.Open(LogPath, TimeProvider.System, NullLogger.Instance);
        _stream = new LogStream(OutputKind.Stderr, _pipe.Reader, _file, _clients, lineLimit: 10, TimeProvider.System);
    }

    private string LogPath => $"{_directory}/pod/0.log";

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
    public void Pump_DiskFull_GoesOnReading()
    {
        using LogFile full = LogFile.Open("/dev/full", TimeProvider.System, NullLogger.Instance);
        PipeEnds pipe = Descriptor.CreatePipe(nonBlockingReader: true);
        LogStream stream = new(OutputKind.Stdout, pipe.Reader, full, _clients, lineLimit: 10, TimeProvider.System);
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
