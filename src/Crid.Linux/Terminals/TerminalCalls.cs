using System.Runtime.InteropServices;

namespace Crid.Linux;

/// <summary>Calls on terminals (termios(3)); what they fill is passed around as bytes.</summary>
internal static unsafe partial class TerminalCalls
{
    [LibraryImport("libc", SetLastError = true)]
    internal static partial int tcgetattr(int fd, void* mode);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int tcsetattr(int fd, int when, void* mode);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial void cfmakeraw(void* mode);
}
