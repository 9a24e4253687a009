using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>
/// Opens, makes and removes files relative to an open directory, by names that are bytes. The calls never follow a symbolic link in the last
/// component, except <see cref="FindInRoot"/>, which keeps every link below its root.
/// </summary>
[SkipLocalsInit]
public static unsafe class FileAt
{
    private static readonly ulong InRoot = (ulong)(LibC.RESOLVE_IN_ROOT | LibC.RESOLVE_NO_MAGICLINKS);
    private static readonly ulong Below = (ulong)(LibC.RESOLVE_BENEATH | LibC.RESOLVE_NO_SYMLINKS | LibC.RESOLVE_NO_XDEV);

    /// <summary>Opens a directory by path, as the base of the other calls.</summary>
    public static SafeFileHandle OpenDirectory(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Open(LibC.AT_FDCWD, Encoding.UTF8.GetBytes(path), LibC.O_RDONLY | LibC.O_DIRECTORY);
    }

    /// <summary>Opens a directory for reading.</summary>
    public static SafeFileHandle OpenDirectory(SafeFileHandle parent, ReadOnlySpan<byte> name) =>
        Open(Fd(parent), name, LibC.O_RDONLY | LibC.O_DIRECTORY | LibC.O_NOFOLLOW);

    /// <summary>Opens a regular file for reading; a FIFO or a device does not block.</summary>
    public static SafeFileHandle OpenFile(SafeFileHandle parent, ReadOnlySpan<byte> name) =>
        Open(Fd(parent), name, LibC.O_RDONLY | LibC.O_NOFOLLOW | LibC.O_NONBLOCK);

    /// <summary>Opens a regular file for reading by a path whose links stay below <paramref name="root"/>; null where it does not exist.</summary>
    public static SafeFileHandle? FindFileInRoot(SafeFileHandle root, ReadOnlySpan<byte> path) =>
        OpenInRoot(root, path, LibC.O_RDONLY | LibC.O_NONBLOCK, InRoot);

    /// <summary>
    /// Opens a path for reference only (O_PATH) with <paramref name="root"/> as its root directory: absolute links and <c>..</c> stay inside. Null
    /// where it does not exist or a component is not a directory. An empty path is the root itself.
    /// </summary>
    public static SafeFileHandle? FindInRoot(SafeFileHandle root, ReadOnlySpan<byte> path, bool followLast = true) =>
        OpenInRoot(root, path, LibC.O_PATH | (followLast ? 0 : LibC.O_NOFOLLOW), InRoot);

    /// <summary>
    /// Opens a directory for reading by a path that has neither links nor mountpoints in it and does not leave <paramref name="root"/>; null
    /// where the path is not like that any more. An empty path opens the root itself anew.
    /// </summary>
    public static SafeFileHandle? FindDirectoryBelow(SafeFileHandle root, ReadOnlySpan<byte> path)
    {
        try
        {
            return OpenInRoot(root, path, LibC.O_RDONLY | LibC.O_DIRECTORY | LibC.O_NOFOLLOW, Below);
        }
        catch (LinuxException exception) when (exception.Errno == LibC.ELOOP || exception.Errno == LibC.EXDEV)
        {
            return null;
        }
    }

    private static SafeFileHandle? OpenInRoot(SafeFileHandle root, ReadOnlySpan<byte> path, int flags, ulong resolve)
    {
        open_how how = new()
        {
            flags = (ulong)(uint)(flags | LibC.O_CLOEXEC),
            resolve = resolve,
        };
        Span<byte> buffer = stackalloc byte[NativeName.MaxBytes];
        fixed (byte* text = NativeName.Terminate(path.IsEmpty ? "."u8 : path, buffer))
        {
            while (true)
            {
                int fd = LibC.openat2(Fd(root), text, &how, sizeof(open_how));
                if (fd >= 0)
                {
                    return new SafeFileHandle(fd, ownsHandle: true);
                }

                int errno = Marshal.GetLastPInvokeError();
                if (errno == LibC.ENOENT || errno == LibC.ENOTDIR)
                {
                    return null;
                }

                // EAGAIN: a rename elsewhere raced with a '..' of this path.
                if (errno != LibC.EINTR && errno != LibC.EAGAIN)
                {
                    throw Failure("openat2", path, errno);
                }
            }
        }
    }

    /// <summary>Creates a regular file for writing; null where the name is taken.</summary>
    public static SafeFileHandle? TryCreateFile(SafeFileHandle parent, ReadOnlySpan<byte> name, uint permissions) =>
        TryOpen(Fd(parent), name, LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL | LibC.O_NOFOLLOW, permissions, LibC.EEXIST);

    /// <summary>Writes all bytes at the position of the handle.</summary>
    public static void Write(SafeFileHandle file, ReadOnlySpan<byte> content)
    {
        int fd = Fd(file);
        fixed (byte* start = content)
        {
            int done = 0;
            while (done < content.Length)
            {
                long written = LibC.write(fd, start + done, content.Length - done);
                if (written < 0)
                {
                    ThrowUnlessInterrupted("write", default);
                    continue;
                }

                done += (int)written;
            }
        }
    }

    /// <summary>Writes all bytes at an offset.</summary>
    public static void Write(SafeFileHandle file, ReadOnlySpan<byte> content, long offset)
    {
        int fd = Fd(file);
        fixed (byte* start = content)
        {
            int done = 0;
            while (done < content.Length)
            {
                long written = LibC.pwrite(fd, start + done, content.Length - done, offset + done);
                if (written < 0)
                {
                    ThrowUnlessInterrupted("pwrite", default);
                    continue;
                }

                done += (int)written;
            }
        }
    }

    /// <summary>Sets the size of a file; what it grows by is a hole.</summary>
    public static void SetLength(SafeFileHandle file, long length)
    {
        if (LibC.ftruncate(Fd(file), length) != 0)
        {
            throw Failure("ftruncate", default, Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Makes a directory; false where the name is taken.</summary>
    public static bool TryMakeDirectory(SafeFileHandle parent, ReadOnlySpan<byte> name, uint permissions)
    {
        Span<byte> buffer = stackalloc byte[NativeName.MaxBytes];
        fixed (byte* text = NativeName.Terminate(name, buffer))
        {
            return LibC.mkdirat(Fd(parent), text, (ushort)permissions) == 0 || IsExpected(LibC.EEXIST, "mkdirat", name);
        }
    }

    /// <summary>Makes a device node or a FIFO.</summary>
    public static void MakeNode(SafeFileHandle parent, ReadOnlySpan<byte> name, FileKind kind, uint permissions, uint major, uint minor)
    {
        Span<byte> buffer = stackalloc byte[NativeName.MaxBytes];
        fixed (byte* text = NativeName.Terminate(name, buffer))
        {
            if (LibC.mknodat(Fd(parent), text, (ushort)((uint)kind | permissions), FormatDevice(major, minor)) != 0)
            {
                throw Failure("mknodat", name, Marshal.GetLastPInvokeError());
            }
        }
    }

    public static void MakeSymbolicLink(ReadOnlySpan<byte> target, SafeFileHandle parent, ReadOnlySpan<byte> name)
    {
        Span<byte> buffer = stackalloc byte[NativeName.MaxBytes];
        Span<byte> targetBuffer = stackalloc byte[NativeName.MaxBytes];
        fixed (byte* text = NativeName.Terminate(name, buffer), to = NativeName.Terminate(target, targetBuffer))
        {
            if (LibC.symlinkat(to, Fd(parent), text) != 0)
            {
                throw Failure("symlinkat", name, Marshal.GetLastPInvokeError());
            }
        }
    }

    /// <summary>What a symbolic link points to.</summary>
    public static byte[] ReadLink(SafeFileHandle parent, ReadOnlySpan<byte> name)
    {
        Span<byte> buffer = stackalloc byte[NativeName.MaxBytes];
        Span<byte> targetBuffer = stackalloc byte[NativeName.MaxBytes];
        fixed (byte* text = NativeName.Terminate(name, buffer), target = targetBuffer)
        {
            long length = LibC.readlinkat(Fd(parent), text, target, NativeName.MaxBytes);
            return length >= 0 ? targetBuffer[..(int)length].ToArray() : throw Failure("readlinkat", name, Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Makes a hard link; a symbolic link is linked itself, not what it points to.</summary>
    public static void MakeHardLink(SafeFileHandle fromParent, ReadOnlySpan<byte> from, SafeFileHandle toParent, ReadOnlySpan<byte> to)
    {
        Span<byte> buffer = stackalloc byte[NativeName.MaxBytes];
        Span<byte> toBuffer = stackalloc byte[NativeName.MaxBytes];
        fixed (byte* source = NativeName.Terminate(from, buffer), target = NativeName.Terminate(to, toBuffer))
        {
            if (LibC.linkat(Fd(fromParent), source, Fd(toParent), target, 0) != 0)
            {
                throw Failure("linkat", to, Marshal.GetLastPInvokeError());
            }
        }
    }

    /// <summary>Removes a name that is not a directory; false where it does not exist.</summary>
    public static bool TryRemoveFile(SafeFileHandle parent, ReadOnlySpan<byte> name) => TryUnlink(parent, name, 0);

    /// <summary>Removes a file; accepts that there is none, and that its directory is gone.</summary>
    public static void EnsureFileRemoved(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // Whoever removed the directory has removed the file with it.
        }
    }

    /// <summary>Removes an empty directory; false where it does not exist.</summary>
    public static bool TryRemoveDirectory(SafeFileHandle parent, ReadOnlySpan<byte> name) => TryUnlink(parent, name, LibC.AT_REMOVEDIR);

    /// <summary>Renames, replacing a file of that name.</summary>
    public static void Rename(SafeFileHandle fromParent, ReadOnlySpan<byte> from, SafeFileHandle toParent, ReadOnlySpan<byte> to)
    {
        Span<byte> buffer = stackalloc byte[NativeName.MaxBytes];
        Span<byte> toBuffer = stackalloc byte[NativeName.MaxBytes];
        fixed (byte* source = NativeName.Terminate(from, buffer), target = NativeName.Terminate(to, toBuffer))
        {
            if (FileCalls.Rename(Fd(fromParent), source, Fd(toParent), target) != 0)
            {
                throw Failure("renameat", to, Marshal.GetLastPInvokeError());
            }
        }
    }

    internal static int Fd(SafeFileHandle handle) => (int)handle.DangerousGetHandle();

    internal static LinuxException Failure(string call, ReadOnlySpan<byte> path, int errno) =>
        new(call, path.IsEmpty ? null : Encoding.UTF8.GetString(path), errno);

    private static SafeFileHandle Open(int parent, ReadOnlySpan<byte> name, int flags) =>
        TryOpen(parent, name, flags, permissions: 0, expected: 0) ?? throw Failure("openat", name, 0);

    // Null for the expected error number; every other failure throws.
    private static SafeFileHandle? TryOpen(int parent, ReadOnlySpan<byte> name, int flags, uint permissions, int expected)
    {
        Span<byte> buffer = stackalloc byte[NativeName.MaxBytes];
        fixed (byte* text = NativeName.Terminate(name, buffer))
        {
            while (true)
            {
                int fd = LibC.openat(parent, text, flags | LibC.O_CLOEXEC, (ushort)permissions);
                if (fd >= 0)
                {
                    return new SafeFileHandle(fd, ownsHandle: true);
                }

                int errno = Marshal.GetLastPInvokeError();
                if (errno == expected)
                {
                    return null;
                }

                if (errno != LibC.EINTR)
                {
                    throw Failure("openat", name, errno);
                }
            }
        }
    }

    private static bool TryUnlink(SafeFileHandle parent, ReadOnlySpan<byte> name, int flags)
    {
        Span<byte> buffer = stackalloc byte[NativeName.MaxBytes];
        fixed (byte* text = NativeName.Terminate(name, buffer))
        {
            return LibC.unlinkat(Fd(parent), text, flags) == 0 || IsExpected(LibC.ENOENT, "unlinkat", name);
        }
    }

    private static bool IsExpected(int expected, string call, ReadOnlySpan<byte> name)
    {
        int errno = Marshal.GetLastPInvokeError();
        return errno == expected ? false : throw Failure(call, name, errno);
    }

    private static void ThrowUnlessInterrupted(string call, ReadOnlySpan<byte> name)
    {
        int errno = Marshal.GetLastPInvokeError();
        if (errno != LibC.EINTR)
        {
            throw Failure(call, name, errno);
        }
    }

    // makedev(3)
    private static ulong FormatDevice(uint major, uint minor) =>
        ((ulong)(major & 0xFFFF_F000) << 32) | ((ulong)(major & 0xFFF) << 8) | ((ulong)(minor & 0xFFFF_FF00) << 12) | (minor & 0xFF);
}
