using Microsoft.Win32.SafeHandles;

namespace Crid.Linux;

/// <summary>Writes to a pipe, FIFO, socket or pty asynchronously. Takes over the descriptor; one write at a time.</summary>
public sealed class DescriptorWriter : IDisposable
{
    private readonly EventLoop _loop;
    private readonly SafeFileHandle _file;
    private WaitPace _pace;

    public DescriptorWriter(EventLoop loop, SafeFileHandle file)
    {
        _loop = loop;
        _file = file;
        Descriptor.SetNonBlocking(file);
    }

    /// <summary>Writes everything.</summary>
    /// <exception cref="LinuxException">The other end is closed (EPIPE) or the write failed.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        while (!buffer.IsEmpty)
        {
            int count = Descriptor.TryWrite(_file, buffer.Span, out int errno);
            if (errno != 0)
            {
                throw new LinuxException("write", path: null, errno);
            }

            if (count == Descriptor.WouldBlock)
            {
                await WaitAsync(cancellationToken);
            }
            else
            {
                buffer = buffer[count..];
            }
        }
    }

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
            await _loop.WaitAsync(_file, Readiness.Writable, cancellationToken);
        }
    }
}
