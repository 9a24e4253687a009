using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>
/// Throws away what a FIFO brings, so that whoever writes into it never waits for room. On the control thread; the descriptor stays the caller's.
/// </summary>
internal sealed class DiscardedOutput : IDisposable
{
    private readonly ControlLoop _loop;
    private readonly SafeFileHandle _reader;
    private ulong? _token;

    internal DiscardedOutput(ControlLoop loop, SafeFileHandle reader)
    {
        _loop = loop;
        _reader = reader;
        _token = loop.Watch(reader, Readiness.Readable, _ => OnReadable());
    }

    public void Dispose()
    {
        if (_token is ulong token)
        {
            _token = null;
            _loop.Unwatch(_reader, token);
        }
    }

    /// <summary>Empties a FIFO, as far as a full pipe goes; false at its end, which comes when nobody has it open for writing any more.</summary>
    internal static bool Empty(SafeFileHandle reader)
    {
        const int PipeCapacity = 64 << 10;
        Span<byte> buffer = stackalloc byte[4 << 10];
        int count = 0;
        for (int total = 0; total < PipeCapacity && (count = Descriptor.TryRead(reader, buffer)) > 0; total += count)
        {
            // There is nothing to be done with it.
        }

        return count != 0;
    }

    private void OnReadable()
    {
        if (!Empty(_reader))
        {
            // The end would be told for ever.
            Dispose();
        }
    }
}
