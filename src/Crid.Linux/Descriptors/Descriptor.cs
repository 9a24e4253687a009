using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>Pipes, FIFOs and plain reads and writes; every descriptor made here is close-on-exec.</summary>
public static unsafe class Descriptor
{
    /// <summary>What <see cref="TryRead"/> and <see cref="TryWrite"/> return where the call would block.</summary>
    public const int WouldBlock = -1;

    private const uint OwnerReadWrite = 0x180;
    private const int SEEK_END = 2;
    private const int F_SETPIPE_SZ = 1031;
    private const nuint FIONREAD = 0x541B;

    // F_SETPIPE_SZ of fcntl(2).
    private const int SetPipeSize = 1031;

    /// <summary>A pipe of which the ends that this process keeps may be made non-blocking.</summary>
    public static PipeEnds CreatePipe(bool nonBlockingReader = false, bool nonBlockingWriter = false)
    {
        int* ends = stackalloc int[2];
        Check(DescriptorCalls.pipe2(ends, LibC.O_CLOEXEC), "pipe2");
        PipeEnds pipe = new(Own(ends[0]), Own(ends[1]));
        if (nonBlockingReader)
        {
            SetNonBlocking(pipe.Reader);
        }

        if (nonBlockingWriter)
        {
            SetNonBlocking(pipe.Writer);
        }

        return pipe;
    }

    /// <summary>Lets a pipe hold more than the usual 64 KiB, so that its ends take turns less often. Memory is taken only for what is in it.</summary>
    /// <remarks>Beyond the user's share (pipe(7)) the kernel refuses, and the pipe stays as it is, which is slower and no failure.</remarks>
    public static void EnlargePipe(SafeFileHandle end, int bytes) => DescriptorCalls.fcntl(end, SetPipeSize, bytes);

    /// <summary>Makes a FIFO with mode 0600; one that exists already stays.</summary>
    public static void EnsureFifo(string path)
    {
        if (DescriptorCalls.mkfifo(path, OwnerReadWrite) != 0 && Marshal.GetLastPInvokeError() is int errno && errno != LibC.EEXIST)
        {
            throw new LinuxException("mkfifo", path, errno);
        }
    }

    /// <summary>Opens a FIFO for reading without waiting for a writer; reads don't block.</summary>
    public static SafeFileHandle OpenFifoReader(string path) => Open(path, LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_NOFOLLOW, 0);

    /// <summary>Opens a FIFO that has a writer for reading; reads block.</summary>
    public static SafeFileHandle OpenFifoBlockingReader(string path) => Open(path, LibC.O_RDONLY | LibC.O_NOFOLLOW, 0);

    /// <summary>Opens a FIFO that has a reader for writing; writes don't block.</summary>
    /// <exception cref="LinuxException">Nobody has it open for reading (ENXIO).</exception>
    public static SafeFileHandle OpenFifoWriter(string path) => Open(path, LibC.O_WRONLY | LibC.O_NONBLOCK | LibC.O_NOFOLLOW, 0);

    /// <summary>Opens a FIFO in both directions, so that its holder is never without a peer; reads and writes block.</summary>
    public static SafeFileHandle OpenFifoBothWays(string path) => Open(path, LibC.O_RDWR | LibC.O_NOFOLLOW, 0);

    /// <summary>Opens a file to append to, made with mode 0640 where it does not exist; a symbolic link is refused (ELOOP).</summary>
    public static SafeFileHandle OpenAppend(string path) =>
        Open(path, LibC.O_WRONLY | LibC.O_APPEND | LibC.O_CREAT | LibC.O_NOFOLLOW | LibC.O_NOCTTY, 0x1A0);

    /// <summary>Makes a file with mode 0600 that does not exist yet.</summary>
    internal static SafeFileHandle CreateNew(string path) => Open(path, LibC.O_RDWR | LibC.O_CREAT | LibC.O_EXCL | LibC.O_NOCTTY, OwnerReadWrite);

    /// <summary>Opens a file for reading and writing, made with mode 0600 where it does not exist.</summary>
    public static SafeFileHandle OpenOrCreate(string path) =>
        Open(path, LibC.O_RDWR | LibC.O_CREAT | LibC.O_NOFOLLOW | LibC.O_NOCTTY, OwnerReadWrite);

    /// <summary>Opens a device for reading; reads don't block.</summary>
    internal static SafeFileHandle OpenNonBlocking(string path) => Open(path, LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_NOCTTY, 0);

    /// <summary>Opens a file that exists for writing.</summary>
    public static SafeFileHandle OpenForWriting(string path) => Open(path, LibC.O_WRONLY | LibC.O_NOCTTY, 0);

    /// <summary>A second descriptor of the same open file, numbered <paramref name="minimum"/> or above.</summary>
    public static SafeFileHandle Duplicate(SafeFileHandle file, int minimum = 3) =>
        Own(Check(DescriptorCalls.fcntl(file, LibC.F_DUPFD_CLOEXEC, minimum), "fcntl"));

    /// <summary>Makes room for this many bytes in a pipe; false where the system's limit does not allow it, and it stays as it is.</summary>
    public static bool TrySetPipeSize(SafeFileHandle pipe, int bytes) => DescriptorCalls.fcntl(pipe, F_SETPIPE_SZ, bytes) >= 0;

    /// <summary>The length of a file; -1 of something that has none, as a pipe.</summary>
    public static long FindLength(SafeFileHandle file) => DescriptorCalls.lseek(file, 0, SEEK_END);

    /// <summary>Takes bytes off the end of a file; false where that fails.</summary>
    public static bool TryCutEnd(SafeFileHandle file, long count)
    {
        long end = FindLength(file);
        return end >= count && DescriptorCalls.ftruncate(file, end - count) == 0;
    }

    /// <summary>How many bytes lie in a pipe.</summary>
    public static int CountReadable(SafeFileHandle pipe)
    {
        int count;
        Check(DescriptorCalls.ioctl(pipe, FIONREAD, &count), "ioctl");
        return count;
    }

    public static void SetNonBlocking(SafeFileHandle file)
    {
        int flags = Check(DescriptorCalls.fcntl(file, LibC.F_GETFL, 0), "fcntl");
        Check(DescriptorCalls.fcntl(file, LibC.F_SETFL, flags | LibC.O_NONBLOCK), "fcntl");
    }

    /// <summary>Bytes read, 0 at the end, or <see cref="WouldBlock"/>. A pty whose other side is closed is at its end.</summary>
    public static int TryRead(SafeFileHandle file, Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            while (true)
            {
                nint count = DescriptorCalls.read(file, bytes, (nuint)buffer.Length);
                if (count >= 0)
                {
                    return (int)count;
                }

                int errno = Marshal.GetLastPInvokeError();
                if (errno == LibC.EAGAIN)
                {
                    return WouldBlock;
                }

                if (errno == LibC.EIO)
                {
                    return 0;
                }

                if (errno != LibC.EINTR)
                {
                    throw new LinuxException("read", path: null, errno);
                }
            }
        }
    }

    /// <summary>Bytes written, or <see cref="WouldBlock"/>; any other failure is told by <paramref name="errno"/>, with 0 bytes.</summary>
    public static int TryWrite(SafeFileHandle file, ReadOnlySpan<byte> buffer, out int errno)
    {
        fixed (byte* bytes = buffer)
        {
            while (true)
            {
                nint count = DescriptorCalls.write(file, bytes, (nuint)buffer.Length);
                errno = count >= 0 ? 0 : Marshal.GetLastPInvokeError();
                if (errno != LibC.EINTR)
                {
                    bool blocked = errno == LibC.EAGAIN;
                    errno = blocked ? 0 : errno;
                    return blocked ? WouldBlock : (int)Math.Max(count, 0);
                }
            }
        }
    }

    internal static SafeFileHandle Own(int fd) => new(fd, ownsHandle: true);

    internal static int Check(int result, string call, string? path = null) =>
        result >= 0 ? result : throw new LinuxException(call, path, Marshal.GetLastPInvokeError());

    private static SafeFileHandle Open(string path, int flags, uint mode)
    {
        while (true)
        {
            int fd = DescriptorCalls.open(path, flags | LibC.O_CLOEXEC, mode);
            if (fd >= 0)
            {
                return Own(fd);
            }

            int errno = Marshal.GetLastPInvokeError();
            if (errno != LibC.EINTR)
            {
                throw new LinuxException("open", path, errno);
            }
        }
    }
}
