using System.Runtime.InteropServices;
using Crid.Core;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>What the holder of a pty's master can do with it (ioctl_tty(2)).</summary>
public static unsafe class PseudoTerminal
{
    private const nuint SetWindowSize = 0x5414;
    private const nuint GetPeer = 0x5441;

    /// <summary>Gives the terminal a size; its foreground processes get SIGWINCH if it differs.</summary>
    /// <exception cref="LinuxException">The descriptor is no terminal.</exception>
    public static void Resize(SafeFileHandle master, TerminalSize size)
    {
        WindowSize window = new() { Rows = size.Height, Columns = size.Width };
        Descriptor.Check(DescriptorCalls.ioctl(master, SetWindowSize, &window), "ioctl");
    }

    /// <summary>Opens the other side, which does not become a controlling terminal. A master whose other side was closed has one again then.</summary>
    public static SafeFileHandle OpenPeer(SafeFileHandle master) => Descriptor.Own(Descriptor.Check(
        DescriptorCalls.ioctl(master, GetPeer, (void*)(LibC.O_RDWR | LibC.O_NOCTTY | LibC.O_CLOEXEC)), "ioctl"));

    /// <summary>struct winsize.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct WindowSize
    {
        internal ushort Rows;
        internal ushort Columns;
        internal ushort WidthPixels;
        internal ushort HeightPixels;
    }
}
