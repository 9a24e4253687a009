using Microsoft.Win32.SafeHandles;

namespace Crid.Linux;

/// <summary>Reads a pipe, FIFO, socket or pty asynchronously. Takes over the descriptor; one read at a time.</summary>
public sealed class DescriptorReader : IDisposable
{
    private readonly EventLoop _loop;
    private readonly SafeFileHandle _file;
    private WaitPace _pace;

    public DescriptorReader(EventLoop loop, SafeFileHandle file)
    {
        _loop = loop;
        _file = file;
        Descriptor.SetNonBlocking(file);
    }

    /// <summary>Waits until something is there; 0 at the end of the stream.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            int count = Descriptor.TryRead(_file, buffer.Span);
            if (count != Descriptor.WouldBlock)
            {
                return count;
            }

            await WaitAsync(cancellationToken);
        }
    }

    /// <summary>Bytes that are there now, 0 at the end of the stream or <see cref="Descriptor.WouldBlock"/>.</summary>
    public int TryRead(Span<byte> buffer) => Descriptor.TryRead(_file, buffer);

    public void Dispose() => _file.Dispose();

    private async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        if (_pace.IsPauseDue())
        {
            await WaitPace.PauseAsync(cancellationToken);
            _pace.Resume();
        }
        else
        {
            await _loop.WaitAsync(_file, Readiness.Readable, cancellationToken);
        }
    }
}
