using System.Buffers;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Runtimes;

/// <summary>A pipe whose content is collected up to a cap; what exceeds it is read and dropped, so that the writer never blocks.</summary>
internal sealed class OutputPipe : IDisposable
{
    public const int MaxBytes = 16 << 20;
    private const int ReadSize = 4096;

    private readonly DescriptorReader _reader;
    private SafeFileHandle? _writer;
    private readonly ArrayBufferWriter<byte> _content = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _reading = Task.CompletedTask;

    public OutputPipe(EventLoop loop)
    {
        PipeEnds ends = Descriptor.CreatePipe();
        _writer = ends.Writer;
        _reader = new DescriptorReader(loop, ends.Reader);
    }

    /// <summary>The end for the process, which is the caller's from now on. As long as it is open here too, the content has no end.</summary>
    public SafeFileHandle TakeWriter()
    {
        SafeFileHandle writer = _writer ?? throw new InvalidOperationException("the end for the process has been taken");
        _writer = null;
        return writer;
    }

    public void StartReading() => _reading = ReadAsync();

    /// <summary>Waits for the end of the content, but no longer than the limit.</summary>
    public async Task FinishAsync(TimeSpan limit, TimeProvider time)
    {
        _stop.CancelAfter(limit);
        await _reading;
    }

    /// <summary>What was read; after <see cref="FinishAsync"/>.</summary>
    public byte[] ToArray() => _content.WrittenSpan.ToArray();

    public void Dispose()
    {
        _stop.Cancel();
        _writer?.Dispose();
        _reader.Dispose();
        _stop.Dispose();
    }

    private async Task ReadAsync()
    {
        byte[] excess = [];
        try
        {
            while (true)
            {
                int room = MaxBytes - _content.WrittenCount;
                Memory<byte> buffer = room > 0
                    ? _content.GetMemory(ReadSize)
                    : excess.Length > 0 ? excess : excess = new byte[ReadSize * 16];
                buffer = room > 0 && buffer.Length > room ? buffer[..room] : buffer;
                int count = await _reader.ReadAsync(buffer, _stop.Token);
                if (count == 0)
                {
                    return;
                }

                if (room > 0)
                {
                    _content.Advance(count);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // A child that outlives the command holds the pipe; what it writes from now on is nobody's.
        }
    }
}
