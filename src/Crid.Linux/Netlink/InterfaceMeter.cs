using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>
/// Reads the interfaces of other network namespaces through one socket in this namespace: rtnetlink(7) with IFLA_TARGET_NETNSID.
/// </summary>
/// <remarks>
/// No thread enters a namespace and no socket stays in one, which would keep it alive after its pod. The kernel names a namespace by a
/// number for us, NETNSA_NSID, which it may give to another one later; so the number is asked for while the pin is held open.
/// </remarks>
public sealed unsafe class InterfaceMeter : IDisposable
{
    private const int NetlinkRoute = 0;

    /// <summary>A dump comes in pieces of at most 32 KiB.</summary>
    private const int BufferBytes = 32 << 10;

    private readonly Lock _lock = new();
    private readonly SafeFileHandle _socket;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
    private uint _sequence;

    public InterfaceMeter() =>
        _socket = Descriptor.Own(Descriptor.Check(
            SocketCalls.socket(LibC.AF_NETLINK, LibC.SOCK_RAW | LibC.SOCK_CLOEXEC, NetlinkRoute), "socket"));

    /// <summary>The interfaces of a pinned namespace except its loopback; null where nothing is pinned any more.</summary>
    public IReadOnlyList<InterfaceCounters>? Read(string pin)
    {
        using SafeFileHandle? file = NamespaceFile.Find(pin);
        if (file is null)
        {
            return null;
        }

        lock (_lock)
        {
            int number = GetNumber(FileAt.Fd(file));
            List<InterfaceCounters> interfaces = [];
            Exchange(LinkMessages.ListLinks(Next(), number), (type, body) =>
            {
                if (type == LinkMessages.NewLink && LinkMessages.ParseLink(body) is { IsLoopback: false } link)
                {
                    interfaces.Add(link);
                }
            });
            return interfaces;
        }
    }

    public void Dispose() => _socket.Dispose();

    // Most pods have a number already: the kernel gives one to the namespace at the other end of a veth pair.
    private int GetNumber(int namespaceFile)
    {
        int number = FindNumber(namespaceFile);
        if (number < 0)
        {
            Exchange(LinkMessages.AssignNumber(Next(), namespaceFile), static (_, _) => { }, accepted: LibC.EEXIST);
            number = FindNumber(namespaceFile);
        }

        return number >= 0 ? number : throw new LinuxException("RTM_GETNSID", path: null, LibC.ENOENT);
    }

    private int FindNumber(int namespaceFile)
    {
        int number = -1;
        Exchange(LinkMessages.GetNumber(Next(), namespaceFile), (type, body) =>
        {
            if (type == LinkMessages.NewNamespaceNumber)
            {
                number = LinkMessages.ParseNumber(body);
            }
        });
        return number;
    }

    private uint Next() => ++_sequence;

    /// <summary>Sends a request and hands over every message of its answer.</summary>
    private void Exchange(byte[] request, Action<ushort, ReadOnlySpan<byte>> receive, int accepted = 0)
    {
        Send(request);
        while (true)
        {
            ReadOnlySpan<byte> rest = _buffer.AsSpan(0, Receive());
            while (NetlinkMessage.TryTake(ref rest, out NetlinkMessage message))
            {
                // What an exchange that broke off has left in the socket is skipped.
                if (message.Sequence != _sequence)
                {
                    continue;
                }

                if (message.Type == NetlinkMessage.Error && message.ErrorNumber is int errno)
                {
                    if (errno != 0 && errno != accepted)
                    {
                        throw new LinuxException("rtnetlink", path: null, errno);
                    }

                    return;
                }

                if (message.Type == NetlinkMessage.Done)
                {
                    return;
                }

                receive(message.Type, message.Body);
            }
        }
    }

    private void Send(byte[] request)
    {
        fixed (byte* start = request)
        {
            while (SocketCalls.send(_socket, start, (nuint)request.Length, 0) < 0)
            {
                ThrowUnlessInterrupted("send");
            }
        }
    }

    private int Receive()
    {
        fixed (byte* start = _buffer)
        {
            while (true)
            {
                nint count = SocketCalls.recv(_socket, start, BufferBytes, 0);
                if (count >= 0)
                {
                    return (int)count;
                }

                ThrowUnlessInterrupted("recv");
            }
        }
    }

    private static void ThrowUnlessInterrupted(string call)
    {
        int errno = Marshal.GetLastPInvokeError();
        if (errno != LibC.EINTR)
        {
            throw new LinuxException(call, path: null, errno);
        }
    }
}
