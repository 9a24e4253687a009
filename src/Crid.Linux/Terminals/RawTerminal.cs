using Crid.Core;
using Microsoft.Win32.SafeHandles;

namespace Crid.Linux;

/// <summary>
/// The terminal on standard input in raw mode: every key goes to the reader as it is pressed, Ctrl-C too, and nothing is echoed. Disposal gives
/// it back the mode that it had.
/// </summary>
public sealed unsafe class RawTerminal : IDisposable
{
    private const int StandardInput = 0;
    private const int AfterOutput = 1;
    private const nuint GetWindowSize = 0x5413;

    // struct termios is shorter on every platform.
    private const int ModeBytes = 128;

    private readonly byte[] _before;
    private bool _restored;

    private RawTerminal(byte[] before) => _before = before;

    /// <summary>Switches to raw mode; null where standard input is no terminal.</summary>
    public static RawTerminal? TryEnter()
    {
        byte[] before = new byte[ModeBytes];
        byte* mode = stackalloc byte[ModeBytes];
        if (TerminalCalls.tcgetattr(StandardInput, mode) != 0)
        {
            return null;
        }

        new ReadOnlySpan<byte>(mode, ModeBytes).CopyTo(before);
        TerminalCalls.cfmakeraw(mode);
        Descriptor.Check(TerminalCalls.tcsetattr(StandardInput, AfterOutput, mode), "tcsetattr");
        return new RawTerminal(before);
    }

    /// <summary>The size of the terminal on standard input; null where it is none or does not tell.</summary>
    public static TerminalSize? FindSize()
    {
        using SafeFileHandle input = new(StandardInput, ownsHandle: false);
        ushort* window = stackalloc ushort[4];
        return DescriptorCalls.ioctl(input, GetWindowSize, window) == 0 && window[0] > 0 && window[1] > 0
            ? new TerminalSize(window[1], window[0])
            : null;
    }

    public void Dispose()
    {
        if (!_restored)
        {
            _restored = true;
            fixed (byte* mode = _before)
            {
                // A terminal that is gone has no mode to give back.
                _ = TerminalCalls.tcsetattr(StandardInput, AfterOutput, mode);
            }
        }
    }
}
