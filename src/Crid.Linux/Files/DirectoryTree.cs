using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Crid.Linux;

/// <summary>Reads and removes directories whose names may be any bytes, through handles, so that no link leads out of them.</summary>
public static unsafe class DirectoryTree
{
    private const int BufferBytes = 32 << 10;

    // struct linux_dirent64: inode and offset of eight bytes each, length of two, kind of one, then the name.
    private const int LengthOffset = 16;
    private const int KindOffset = 18;
    private const int NameOffset = 19;

    /// <summary>The entries of an open directory without <c>.</c> and <c>..</c>. It has to be at its beginning.</summary>
    public static IReadOnlyList<DirectoryEntry> ReadEntries(SafeFileHandle directory)
    {
        List<DirectoryEntry> entries = [];
        byte[] buffer = NewBuffer();
        while (TryReadBlock(directory, buffer, entries))
        {
        }

        return entries;
    }

    /// <summary>A buffer for <see cref="TryReadBlock"/>.</summary>
    internal static byte[] NewBuffer() => GC.AllocateUninitializedArray<byte>(BufferBytes);

    /// <summary>Adds the next entries, some hundreds; false at the end.</summary>
    internal static bool TryReadBlock(SafeFileHandle directory, byte[] buffer, List<DirectoryEntry> entries)
    {
        int length = ReadBlock(directory, buffer);
        for (int at = 0; at < length;)
        {
            int size = BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(at + LengthOffset));
            ReadOnlySpan<byte> name = buffer.AsSpan(at + NameOffset, size - NameOffset);
            name = name[..name.IndexOf((byte)0)];
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
            {
                entries.Add(new DirectoryEntry(name.ToArray(), (FileKind)(buffer[at + KindOffset] << 12)));
            }

            at += size;
        }

        return length > 0;
    }

    /// <summary>Removes a file or a directory with all that is in it; accepts that it does not exist.</summary>
    /// <remarks>It does not leave the file system: a mountpoint inside makes it fail with EBUSY.</remarks>
    public static void Remove(SafeFileHandle parent, ReadOnlySpan<byte> name)
    {
        FileStatus? status = FileMetadata.FindStatus(parent, name);
        if (status is null)
        {
            return;
        }

        if (status.GetValueOrDefault().Kind != FileKind.Directory)
        {
            FileAt.TryRemoveFile(parent, name);
            return;
        }

        DirectoryRemoval.Remove(parent, name);
    }

    /// <summary>Removes a path with all that is in it; accepts that it does not exist.</summary>
    public static void Remove(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string parent = Path.GetDirectoryName(path) ?? throw new ArgumentException("the root can't be removed", nameof(path));
        if (!Directory.Exists(parent))
        {
            return;
        }

        using SafeFileHandle directory = FileAt.OpenDirectory(parent);
        Remove(directory, System.Text.Encoding.UTF8.GetBytes(Path.GetFileName(path)));
    }

    /// <summary>Removes everything in a directory.</summary>
    public static void Clear(SafeFileHandle directory)
    {
        foreach (DirectoryEntry entry in ReadEntries(directory))
        {
            Remove(directory, entry.Name);
        }
    }

    private static int ReadBlock(SafeFileHandle directory, byte[] buffer)
    {
        fixed (byte* start = buffer)
        {
            nint length = FileCalls.GetDirectoryEntries(FileAt.Fd(directory), start, buffer.Length);
            return length >= 0 ? (int)length : throw new LinuxException("getdents64", path: null, Marshal.GetLastPInvokeError());
        }
    }
}
