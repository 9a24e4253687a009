using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>An eventfd with which any thread wakes the one that waits in an <see cref="Epoll"/>.</summary>
public sealed class WakeUp : IDisposable
{
    public SafeFileHandle Handle { get; } =
        Descriptor.Own(Descriptor.Check(DescriptorCalls.eventfd(0, LibC.EFD_CLOEXEC | LibC.EFD_NONBLOCK), "eventfd"));

    public void Signal()
    {
        Span<byte> one = stackalloc byte[sizeof(ulong)];
        BitConverter.TryWriteBytes(one, 1UL);
        // A counter at its maximum would block; it is readable already then.
        Descriptor.TryWrite(Handle, one, out _);
    }

    /// <summary>Takes back all signals, before the waiter looks for what they announce.</summary>
    public void Reset()
    {
        Span<byte> counter = stackalloc byte[sizeof(ulong)];
        Descriptor.TryRead(Handle, counter);
    }

    public void Dispose() => Handle.Dispose();
}
