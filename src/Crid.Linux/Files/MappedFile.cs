using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>
/// A file that lies in this process's memory (mmap(2), shared). What is stored there is in the file at once, and stays there where this
/// process is killed the moment after.
/// </summary>
public sealed unsafe class MappedFile : IDisposable
{
    private readonly int _length;
    private byte* _start;

    private MappedFile(SafeFileHandle file, string path, int length)
    {
        _length = length;
        _start = (byte*)DescriptorCalls.mmap(null, (nuint)length, DescriptorCalls.PROT_READ_WRITE, DescriptorCalls.MAP_SHARED, file, 0);
        if (_start == DescriptorCalls.MAP_FAILED)
        {
            throw new LinuxException("mmap", path, Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>The content; not to be used after <see cref="Dispose"/>.</summary>
    public Span<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_start == null, this);
            return new Span<byte>(_start, _length);
        }
    }

    /// <summary>
    /// Makes a file of zeros with mode 0600. Its room is taken now: a store where a full file system has none would end the process. And it
    /// stays in memory: a read into a page that is not there can end after some of its bytes where memory is short.
    /// </summary>
    /// <exception cref="LinuxException">It exists already (EEXIST), there is no room (ENOSPC), or something else is wrong; nothing is left.</exception>
    public static MappedFile Create(string path, int length)
    {
        using SafeFileHandle file = Descriptor.CreateNew(path);
        try
        {
            Descriptor.Check(DescriptorCalls.fallocate(file, 0, 0, length), "fallocate", path);
            return CreateLocked(file, path, length);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    /// <summary>Maps a file that exists, in its length.</summary>
    /// <exception cref="LinuxException">It can't be opened, or is empty (EINVAL).</exception>
    public static MappedFile Open(string path)
    {
        using SafeFileHandle file = Descriptor.OpenOrCreate(path);
        return new MappedFile(file, path, checked((int)RandomAccess.GetLength(file)));
    }

    private static MappedFile CreateLocked(SafeFileHandle file, string path, int length)
    {
        MappedFile mapped = new(file, path, length);
        if (LibC.mlock(mapped._start, length) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            mapped.Dispose();
            throw new LinuxException("mlock", path, errno);
        }

        return mapped;
    }

    /// <summary>Takes it out of memory; the file stays.</summary>
    public void Dispose()
    {
        if (_start != null)
        {
            DescriptorCalls.munmap(_start, (nuint)_length);
            _start = null;
        }
    }
}
