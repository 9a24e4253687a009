using System.Runtime.InteropServices;
using System.Text;
using Crid.Core;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>A non-blocking Unix socket with a path that passes descriptors (unix(7), SCM_RIGHTS).</summary>
public sealed unsafe class UnixSocket : IDisposable
{
    /// <summary>How many descriptors one message may carry.</summary>
    public const int MaxFiles = 8;

    /// <summary>Bytes that the path of a socket may have: unix(7), without the zero byte.</summary>
    public const int MaxPathLength = 107;

    private const uint OwnerReadWrite = 0x180;
    private const int ControlSize = 16 + (MaxFiles * sizeof(int));

    /// <summary>Takes over a non-blocking socket by its descriptor.</summary>
    public UnixSocket(SafeFileHandle handle) => Handle = handle;

    public SafeFileHandle Handle { get; }

    /// <summary>Listens on a path for its owner alone (mode 0600). A socket file that is there already must be removed by the caller first.</summary>
    public static UnixSocket Listen(string path, UnixSocketKind kind)
    {
        UnixSocket socket = Create(kind);
        try
        {
            // The mode of the unbound socket becomes that of the file, so that there is no moment with another one.
            Descriptor.Check(SocketCalls.fchmod(socket.Handle, OwnerReadWrite), "fchmod", path);
            byte* address = stackalloc byte[MaxPathLength + 3];
            uint length = FillAddress(path, address);
            Descriptor.Check(SocketCalls.bind(socket.Handle, address, length), "bind", path);
            Descriptor.Check(SocketCalls.listen(socket.Handle, 64), "listen", path);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A socket that sends to whoever listens on a path.</summary>
    /// <exception cref="LinuxException">Nobody listens there (ENOENT, ECONNREFUSED, EAGAIN).</exception>
    public static UnixSocket Connect(string path, UnixSocketKind kind)
    {
        UnixSocket socket = Create(kind);
        byte* address = stackalloc byte[MaxPathLength + 3];
        try
        {
            uint length = FillAddress(path, address);
            Descriptor.Check(SocketCalls.connect(socket.Handle, address, length), "connect", path);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The next connection; null where none waits.</summary>
    public UnixSocket? TryAccept()
    {
        int fd = SocketCalls.accept4(Handle, null, null, LibC.SOCK_CLOEXEC | LibC.SOCK_NONBLOCK);
        if (fd >= 0)
        {
            return new UnixSocket(Descriptor.Own(fd));
        }

        int errno = Marshal.GetLastPInvokeError();
        return errno == LibC.EAGAIN || errno == LibC.EINTR || errno == LibC.ECONNABORTED
            ? null
            : throw new LinuxException("accept4", path: null, errno);
    }

    /// <summary>The user that has connected.</summary>
    public uint GetPeerUid()
    {
        SocketCalls.Credentials credentials = default;
        uint length = (uint)sizeof(SocketCalls.Credentials);
        Descriptor.Check(SocketCalls.getsockopt(Handle, LibC.SOL_SOCKET, LibC.SO_PEERCRED, &credentials, &length), "getsockopt");
        return credentials.Uid;
    }

    /// <summary>Sends one message with descriptors; false where the peer's buffer is full.</summary>
    /// <exception cref="LinuxException">The peer is gone (EPIPE, ECONNRESET).</exception>
    public bool TrySend(ReadOnlySpan<byte> data, ReadOnlySpan<SafeFileHandle> files)
    {
        if (files.Length > MaxFiles)
        {
            throw new ArgumentException($"at most {MaxFiles} descriptors go with one message", nameof(files));
        }

        byte* control = stackalloc byte[ControlSize];
        int held = 0;
        try
        {
            SocketCalls.Message message = default;
            if (!files.IsEmpty)
            {
                SocketCalls.ControlHeader* header = (SocketCalls.ControlHeader*)control;
                header->Length = (nuint)(16 + (files.Length * sizeof(int)));
                header->Level = LibC.SOL_SOCKET;
                header->Type = LibC.SCM_RIGHTS;
                for (; held < files.Length; held++)
                {
                    bool added = false;
                    files[held].DangerousAddRef(ref added);
                    ((int*)(control + 16))[held] = (int)files[held].DangerousGetHandle();
                }

                message.Control = control;
                message.ControlLength = (nuint)(16 + (((files.Length * sizeof(int)) + 7) & ~7));
            }

            return Send(data, ref message);
        }
        finally
        {
            for (int i = 0; i < held; i++)
            {
                files[i].DangerousRelease();
            }
        }
    }

    /// <summary>Receives one message: its bytes, 0 at the end of the connection or <see cref="Descriptor.WouldBlock"/>; adds its descriptors.</summary>
    public int TryReceive(Span<byte> buffer, List<SafeFileHandle> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        byte* control = stackalloc byte[ControlSize];
        fixed (byte* bytes = buffer)
        {
            while (true)
            {
                SocketCalls.Vector vector = new() { Base = bytes, Length = (nuint)buffer.Length };
                SocketCalls.Message message = new() { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = ControlSize };
                nint count = SocketCalls.recvmsg(Handle, &message, LibC.MSG_CMSG_CLOEXEC);
                if (count >= 0)
                {
                    TakeFiles(message, files);
                    return (message.Flags & (LibC.MSG_TRUNC | LibC.MSG_CTRUNC)) == 0
                        ? (int)count
                        : throw new LinuxException("recvmsg", path: null, LibC.EMSGSIZE);
                }

                int errno = Marshal.GetLastPInvokeError();
                if (errno == LibC.EAGAIN)
                {
                    return Descriptor.WouldBlock;
                }

                if (errno != LibC.EINTR)
                {
                    throw new LinuxException("recvmsg", path: null, errno);
                }
            }
        }
    }

    public void Dispose() => Handle.Dispose();

    private bool Send(ReadOnlySpan<byte> data, ref SocketCalls.Message message)
    {
        fixed (byte* bytes = data)
        fixed (SocketCalls.Message* pointer = &message)
        {
            SocketCalls.Vector vector = new() { Base = bytes, Length = (nuint)data.Length };
            message.Vectors = &vector;
            message.VectorCount = 1;
            while (SocketCalls.sendmsg(Handle, pointer, LibC.MSG_NOSIGNAL) < 0)
            {
                int errno = Marshal.GetLastPInvokeError();
                if (errno == LibC.EAGAIN)
                {
                    return false;
                }

                if (errno != LibC.EINTR)
                {
                    throw new LinuxException("sendmsg", path: null, errno);
                }
            }

            return true;
        }
    }

    private static void TakeFiles(in SocketCalls.Message message, List<SafeFileHandle> files)
    {
        byte* position = (byte*)message.Control;
        byte* end = position + message.ControlLength;
        while (end - position >= sizeof(SocketCalls.ControlHeader))
        {
            SocketCalls.ControlHeader* header = (SocketCalls.ControlHeader*)position;
            if (header->Level == LibC.SOL_SOCKET && header->Type == LibC.SCM_RIGHTS)
            {
                int count = ((int)header->Length - sizeof(SocketCalls.ControlHeader)) / sizeof(int);
                for (int i = 0; i < count; i++)
                {
                    files.Add(Descriptor.Own(((int*)(position + sizeof(SocketCalls.ControlHeader)))[i]));
                }
            }

            position += ((int)header->Length + 7) & ~7;
        }
    }

    private static UnixSocket Create(UnixSocketKind kind)
    {
        int type = kind switch
        {
            UnixSocketKind.Packet => LibC.SOCK_SEQPACKET,
            UnixSocketKind.Datagram => LibC.SOCK_DGRAM,
            _ => LibC.SOCK_STREAM,
        };
        return new UnixSocket(Descriptor.Own(
            Descriptor.Check(SocketCalls.socket(LibC.AF_UNIX, type | LibC.SOCK_CLOEXEC | LibC.SOCK_NONBLOCK, 0), "socket")));
    }

    /// <summary>Writes a sockaddr_un and returns its length. A path that begins with <c>@</c> is a name in the abstract namespace.</summary>
    private static uint FillAddress(string path, byte* address)
    {
        int length = Encoding.UTF8.GetByteCount(path);
        if (length is 0 or > MaxPathLength)
        {
            throw CridException.InvalidArgument($"socket path '{path}': its length must be 1 to {MaxPathLength} bytes");
        }

        *(ushort*)address = (ushort)LibC.AF_UNIX;
        Encoding.UTF8.GetBytes(path, new Span<byte>(address + sizeof(ushort), length));
        if (path[0] == '@')
        {
            // Such a name begins with a zero byte and ends where the address does.
            address[sizeof(ushort)] = 0;
            return (uint)(sizeof(ushort) + length);
        }

        address[sizeof(ushort) + length] = 0;
        return (uint)(sizeof(ushort) + length + 1);
    }
}
