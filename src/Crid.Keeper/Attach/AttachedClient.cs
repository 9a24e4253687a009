using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>One client's pipe. Written to by the thread that pumps the output, closed by the control thread.</summary>
internal sealed class AttachedClient(SafeFileHandle pipe)
{
    private readonly Lock _lock = new();
    private bool _closed;

    internal SafeFileHandle Pipe => pipe;

    /// <summary>Under which the <see cref="ControlLoop"/> watches for its end.</summary>
    internal ulong Token { get; set; }

    /// <summary>Gives it what its pipe has room for; the rest is lost to it.</summary>
    internal void Write(ReadOnlySpan<byte> output)
    {
        lock (_lock)
        {
            while (!_closed && !output.IsEmpty)
            {
                int count = Descriptor.TryWrite(pipe, output, out int errno);
                if (errno != 0 || count <= 0)
                {
                    // One that has gone is found by the control thread.
                    return;
                }

                output = output[count..];
            }
        }
    }

    internal void Close()
    {
        lock (_lock)
        {
            _closed = true;
            pipe.Dispose();
        }
    }
}
