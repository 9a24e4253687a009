using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>An epoll instance. A descriptor must be removed before it is closed.</summary>
public sealed unsafe class Epoll : IDisposable
{
    private const int MaxEvents = 64;

    private readonly SafeFileHandle _epoll = Descriptor.Own(Descriptor.Check(DescriptorCalls.epoll_create1(LibC.EPOLL_CLOEXEC), "epoll_create1"));

    /// <summary>Watches a descriptor; with <paramref name="once"/> it is silent after an event until <see cref="Rearm"/>.</summary>
    public void Add(SafeFileHandle file, ulong token, Readiness readiness, bool once = false) =>
        Control(LibC.EPOLL_CTL_ADD, file, token, readiness, once);

    public void Change(SafeFileHandle file, ulong token, Readiness readiness) => Control(LibC.EPOLL_CTL_MOD, file, token, readiness, once: false);

    /// <summary>Lets a descriptor that was added with <c>once</c> give its next event.</summary>
    public void Rearm(SafeFileHandle file, ulong token, Readiness readiness) => Control(LibC.EPOLL_CTL_MOD, file, token, readiness, once: true);

    public void Remove(SafeFileHandle file) => Descriptor.Check(DescriptorCalls.epoll_ctl(_epoll, LibC.EPOLL_CTL_DEL, file, null), "epoll_ctl");

    /// <summary>Waits for events, for ever where the timeout is -1; returns how many were stored, 0 when the time ran out.</summary>
    public int Wait(Span<ReadyEvent> events, int timeoutMilliseconds)
    {
        epoll_event* raw = stackalloc epoll_event[MaxEvents];
        int count = DescriptorCalls.epoll_wait(_epoll, raw, Math.Min(events.Length, MaxEvents), timeoutMilliseconds);
        if (count < 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            return errno == LibC.EINTR ? 0 : throw new LinuxException("epoll_wait", path: null, errno);
        }

        for (int i = 0; i < count; i++)
        {
            events[i] = new ReadyEvent(raw[i].data.u64, ToReadiness(raw[i].events));
        }

        return count;
    }

    public void Dispose() => _epoll.Dispose();

    private void Control(int operation, SafeFileHandle file, ulong token, Readiness readiness, bool once)
    {
        epoll_event registration = default;
        registration.events = (readiness.HasFlag(Readiness.Readable) ? LibC.EPOLLIN : 0)
            | (readiness.HasFlag(Readiness.Writable) ? LibC.EPOLLOUT : 0)
            | (readiness.HasFlag(Readiness.HangUp) ? LibC.EPOLLRDHUP : 0)
            | (once ? LibC.EPOLLONESHOT : 0);
        registration.data.u64 = token;
        Descriptor.Check(DescriptorCalls.epoll_ctl(_epoll, operation, file, &registration), "epoll_ctl");
    }

    private static Readiness ToReadiness(int events)
    {
        if ((events & (LibC.EPOLLHUP | LibC.EPOLLERR)) != 0)
        {
            return Readiness.Readable | Readiness.Writable | Readiness.HangUp;
        }

        return ((events & LibC.EPOLLIN) != 0 ? Readiness.Readable : Readiness.None)
            | ((events & LibC.EPOLLOUT) != 0 ? Readiness.Writable : Readiness.None)
            | ((events & LibC.EPOLLRDHUP) != 0 ? Readiness.HangUp : Readiness.None);
    }
}
