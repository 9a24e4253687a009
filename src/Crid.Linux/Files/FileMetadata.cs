using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>Owners, modes, times and extended attributes of files, by handle or by name in a directory. Only <see cref="FindTargetStatus"/> follows links.</summary>
[SkipLocalsInit]
public static unsafe class FileMetadata
{
    private const uint BasicStatus = 0x7FF;

    /// <summary>The status of what a handle refers to.</summary>
    public static FileStatus GetStatus(SafeFileHandle file) =>
        Find(file, default) ?? throw new LinuxException("statx", path: null, LibC.ENOENT);

    /// <summary>The status of a name, null where it does not exist.</summary>
    public static FileStatus? FindStatus(SafeFileHandle parent, ReadOnlySpan<byte> name) => Find(parent, name);

    /// <summary>The status of a path, whose last component is not followed; null where it does not exist.</summary>
    public static FileStatus? FindStatus(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        using SafeFileHandle parent = FileAt.OpenDirectory(Path.GetDirectoryName(path)!);
        return Find(parent, Encoding.UTF8.GetBytes(Path.GetFileName(path)));
    }

    /// <summary>The status of what a path leads to by way of all its links; null where it leads to nothing.</summary>
    public static FileStatus? FindTargetStatus(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        using SafeFileHandle root = FileAt.OpenDirectory("/");
        using SafeFileHandle? target = FileAt.FindInRoot(root, Encoding.UTF8.GetBytes(path));
        return target is null ? null : GetStatus(target);
    }

    /// <summary>Changes the owner of a path, whose last component is not followed.</summary>
    public static void SetOwner(string path, uint userId, uint groupId)
    {
        ArgumentNullException.ThrowIfNull(path);
        using SafeFileHandle parent = FileAt.OpenDirectory(Path.GetDirectoryName(path)!);
        SetOwner(parent, Encoding.UTF8.GetBytes(Path.GetFileName(path)), userId, groupId);
    }

    public static void SetOwner(SafeFileHandle file, uint userId, uint groupId) =>
        Check(LibC.fchown(FileAt.Fd(file), userId, groupId), "fchown", default);

    public static void SetOwner(SafeFileHandle parent, ReadOnlySpan<byte> name, uint userId, uint groupId)
    {
        Span<byte> buffer = stackalloc byte[NativeName.MaxBytes];
        fixed (byte* text = NativeName.Terminate(name, buffer))
        {
            Check(LibC.fchownat(FileAt.Fd(parent), text, userId, groupId, LibC.AT_SYMLINK_NOFOLLOW), "fchownat", name);
        }
    }

    public static void SetPermissions(SafeFileHandle file, uint permissions) =>
        Check(LibC.fchmod(FileAt.Fd(file), (ushort)permissions), "fchmod", default);

    /// <summary>Sets the permissions of what an O_PATH handle refers to, which may be a device or a FIFO.</summary>
    public static void SetPermissionsOfPath(SafeFileHandle file, uint permissions)
    {
        // fchmod(2) refuses O_PATH handles; the link in /proc leads to the very file, whatever its name has become.
        fixed (byte* path = Mounts.Terminate(ProcPath(file)))
        {
            Check(FileCalls.ChangeMode(path, permissions), "chmod", default);
        }
    }

    /// <summary>Sets the access and the modification time of an open file.</summary>
    public static void SetTimes(SafeFileHandle file, FileTime time)
    {
        timespec* times = stackalloc timespec[2];
        Fill(times, time);
        Check(LibC.futimens(FileAt.Fd(file), times), "futimens", default);
    }

    public static void SetTimes(SafeFileHandle parent, ReadOnlySpan<byte> name, FileTime time)
    {
        timespec* times = stackalloc timespec[2];
        Fill(times, time);
        Span<byte> buffer = stackalloc byte[NativeName.MaxBytes];
        fixed (byte* text = NativeName.Terminate(name, buffer))
        {
            Check(LibC.utimensat(FileAt.Fd(parent), text, times, LibC.AT_SYMLINK_NOFOLLOW), "utimensat", name);
        }
    }

    public static void SetAttribute(SafeFileHandle file, ReadOnlySpan<byte> attribute, ReadOnlySpan<byte> value)
    {
        Span<byte> buffer = stackalloc byte[NativeName.MaxBytes];
        fixed (byte* key = NativeName.Terminate(attribute, buffer), content = value)
        {
            Check(FileCalls.SetAttribute(FileAt.Fd(file), key, content, value.Length, 0), "fsetxattr", attribute);
        }
    }

    /// <summary>Sets an attribute of a name that may be a link or a device.</summary>
    public static void SetAttribute(SafeFileHandle parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> attribute, ReadOnlySpan<byte> value)
    {
        Span<byte> buffer = stackalloc byte[NativeName.MaxBytes];
        fixed (byte* key = NativeName.Terminate(attribute, buffer), path = ProcPath(parent, name), content = value)
        {
            Check(FileCalls.SetAttributeNoFollow(path, key, content, value.Length, 0), "lsetxattr", attribute);
        }
    }

    /// <summary>An attribute of a name, null where it has none of that name.</summary>
    public static byte[]? FindAttribute(SafeFileHandle parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> attribute)
    {
        Span<byte> buffer = stackalloc byte[NativeName.MaxBytes];
        fixed (byte* key = NativeName.Terminate(attribute, buffer), path = ProcPath(parent, name))
        {
            nint size = FileCalls.GetAttributeNoFollow(path, key, null, 0);
            if (size < 0 && Marshal.GetLastPInvokeError() == LibC.ENODATA)
            {
                return null;
            }

            Check((int)size, "lgetxattr", name);
            byte[] value = new byte[size];
            fixed (byte* target = value)
            {
                Check((int)FileCalls.GetAttributeNoFollow(path, key, target, size), "lgetxattr", name);
            }

            return value;
        }
    }

    /// <summary>The names of the attributes of a name.</summary>
    public static IReadOnlyList<string> ListAttributes(SafeFileHandle parent, ReadOnlySpan<byte> name)
    {
        fixed (byte* path = ProcPath(parent, name))
        {
            nint size = FileCalls.ListAttributesNoFollow(path, null, 0);
            Check((int)size, "llistxattr", name);
            byte[] names = new byte[size];
            fixed (byte* target = names)
            {
                size = FileCalls.ListAttributesNoFollow(path, target, size);
                Check((int)size, "llistxattr", name);
            }

            return Encoding.UTF8.GetString(names, 0, (int)size).Split('\0', StringSplitOptions.RemoveEmptyEntries);
        }
    }

    /// <summary>The path by which an open directory or file was reached, as the kernel knows it now.</summary>
    public static byte[] GetPath(SafeFileHandle file)
    {
        Span<byte> buffer = stackalloc byte[NativeName.MaxBytes];
        fixed (byte* link = Mounts.Terminate(ProcPath(file)), target = buffer)
        {
            long length = LibC.readlink(link, target, NativeName.MaxBytes);
            Check((int)length, "readlink", default);
            return buffer[..(int)length].ToArray();
        }
    }

    private static FileStatus? Find(SafeFileHandle parent, ReadOnlySpan<byte> name)
    {
        Span<byte> buffer = stackalloc byte[NativeName.MaxBytes];
        statx status;
        fixed (byte* text = NativeName.Terminate(name, buffer))
        {
            int flags = LibC.AT_SYMLINK_NOFOLLOW | (name.IsEmpty ? LibC.AT_EMPTY_PATH : 0);
            if (LibC.statx(FileAt.Fd(parent), text, flags, BasicStatus, &status) != 0)
            {
                int errno = Marshal.GetLastPInvokeError();
                return errno == LibC.ENOENT ? null : throw FileAt.Failure("statx", name, errno);
            }
        }

        return new FileStatus
        {
            Mode = status.stx_mode,
            UserId = status.stx_uid,
            GroupId = status.stx_gid,
            Inode = status.stx_ino,
            Links = status.stx_nlink,
            Size = status.stx_size,
            AllocatedBytes = status.stx_blocks * 512,
            Device = (status.stx_rdev_major, status.stx_rdev_minor),
            Modified = new FileTime(status.stx_mtime.tv_sec, status.stx_mtime.tv_nsec),
        };
    }

    private static void Fill(timespec* times, FileTime time)
    {
        times[0].tv_sec = time.Seconds;
        times[0].tv_nsec = (int)time.Nanoseconds;
        times[1] = times[0];
    }

    private static string ProcPath(SafeFileHandle file) =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/thread-self/fd/{FileAt.Fd(file)}");

    // The name is the last component of the path, which the l*xattr calls do not follow.
    private static byte[] ProcPath(SafeFileHandle parent, ReadOnlySpan<byte> name) =>
        [.. Encoding.ASCII.GetBytes(ProcPath(parent)), (byte)'/', .. name, 0];

    private static void Check(int result, string call, ReadOnlySpan<byte> name)
    {
        if (result < 0)
        {
            throw FileAt.Failure(call, name, Marshal.GetLastPInvokeError());
        }
    }
}
