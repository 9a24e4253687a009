using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>An exclusive flock(2) on a file, held until it is disposed or the process ends, however it ends.</summary>
public sealed partial class FileLock : IDisposable
{
    /// <summary>Mode 0600.</summary>
    private const uint OwnerReadWrite = 0x180;

    private const int LOCK_EX = 2;
    private const int LOCK_NB = 4;
    private const int EINTR = 4;
    private const int EWOULDBLOCK = 11;

    private readonly SafeFileHandle _file;

    /// <summary>Takes over a lock by its descriptor, as from the program that this one replaces.</summary>
    public FileLock(SafeFileHandle file) => _file = file;

    /// <summary>Whoever has a copy of it holds the lock too.</summary>
    public SafeFileHandle Handle => _file;

    /// <summary>Takes the lock; null where another open file description holds it. The file is made where it does not exist, and stays.</summary>
    /// <exception cref="LinuxException">The file can't be locked.</exception>
    public static FileLock? TryAcquire(string path)
    {
        SafeFileHandle file = Open(path);
        int errno = Lock(file);
        if (errno == 0)
        {
            return new FileLock(file);
        }

        file.Dispose();
        return errno == EWOULDBLOCK ? null : throw new LinuxException("flock", path, errno);
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Opens without File.OpenHandle, which would place a lock of its own.</summary>
    private static SafeFileHandle Open(string path)
    {
        int fd = open(path, LibC.O_RDWR | LibC.O_CREAT | LibC.O_CLOEXEC | LibC.O_NOFOLLOW, OwnerReadWrite);
        return fd >= 0
            ? new SafeFileHandle(fd, ownsHandle: true)
            : throw new LinuxException("open", path, Marshal.GetLastPInvokeError());
    }

    private static int Lock(SafeFileHandle file)
    {
        int errno;
        do
        {
            errno = flock(file, LOCK_EX | LOCK_NB) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        while (errno == EINTR);

        return errno;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle fd, int operation);
}
