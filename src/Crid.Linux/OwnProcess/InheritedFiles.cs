using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>Descriptors that pass by their numbers to the program that replaces this one (<see cref="ProgramReplacement"/>).</summary>
public static class InheritedFiles
{
    private const int FD_CLOEXEC = 1;

    /// <summary>The number under which the next program finds an open descriptor.</summary>
    public static int NumberOf(SafeFileHandle file)
    {
        ArgumentNullException.ThrowIfNull(file);
        ObjectDisposedException.ThrowIf(file.IsClosed, file);
        return (int)file.DangerousGetHandle();
    }

    /// <summary>Takes over a descriptor that the program before this one has passed on.</summary>
    /// <exception cref="LinuxException">There is none of this number (EBADF).</exception>
    public static SafeFileHandle Take(int number)
    {
        SafeFileHandle file = Descriptor.Own(number);
        try
        {
            SetPassing(file, passed: false);
            return file;
        }
        catch
        {
            file.SetHandleAsInvalid();
            throw;
        }
    }

    /// <summary>A file in memory that holds these bytes, positioned at its beginning.</summary>
    public static SafeFileHandle CreateMemoryFile(string name, ReadOnlySpan<byte> bytes)
    {
        SafeFileHandle file = Descriptor.Own(Descriptor.Check(DescriptorCalls.memfd_create(name, (uint)LibC.MFD_CLOEXEC), "memfd_create", name));
        RandomAccess.Write(file, bytes, fileOffset: 0);
        return file;
    }

    internal static void SetPassing(SafeFileHandle file, bool passed) =>
        Descriptor.Check(DescriptorCalls.fcntl(file, LibC.F_SETFD, passed ? 0 : FD_CLOEXEC), "fcntl");
}
