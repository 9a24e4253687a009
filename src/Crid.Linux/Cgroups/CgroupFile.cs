using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>A file of a cgroup that stays open: the kernel makes its content anew for every read from the beginning.</summary>
internal sealed class CgroupFile : IDisposable
{
    private readonly SafeFileHandle _file;

    private CgroupFile(SafeFileHandle file) => _file = file;

    /// <summary>Null where there is no such file: the cgroup is gone or the controller off.</summary>
    public static CgroupFile? Find(string path)
    {
        while (true)
        {
            int fd = DescriptorCalls.open(path, LibC.O_RDONLY | LibC.O_CLOEXEC | LibC.O_NOFOLLOW, 0);
            if (fd >= 0)
            {
                return new CgroupFile(Descriptor.Own(fd));
            }

            int errno = Marshal.GetLastPInvokeError();
            if (errno == LibC.ENOENT || errno == LibC.ENODEV || errno == LibC.EOPNOTSUPP)
            {
                return null;
            }

            if (errno != LibC.EINTR)
            {
                throw new LinuxException("open", path, errno);
            }
        }
    }

    /// <summary>Reads the content; empty where the cgroup is gone (ENODEV) or the kernel does not measure this (EOPNOTSUPP).</summary>
    public unsafe ReadOnlySpan<byte> Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                nint count = DescriptorCalls.pread(_file, start, (nuint)buffer.Length, 0);
                if (count >= 0)
                {
                    return buffer[..(int)count];
                }

                int errno = Marshal.GetLastPInvokeError();
                if (errno == LibC.ENODEV || errno == LibC.EOPNOTSUPP)
                {
                    return default;
                }

                if (errno != LibC.EINTR)
                {
                    throw new LinuxException("pread", path: null, errno);
                }
            }
        }
    }

    public void Dispose() => _file.Dispose();
}
