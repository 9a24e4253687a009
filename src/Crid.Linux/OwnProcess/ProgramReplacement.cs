using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using Microsoft.Win32.SafeHandles;

namespace Crid.Linux;

/// <summary>
/// execve(2) in place: the process keeps its pid, its children, being their subreaper, its limits and its environment. All other threads end.
/// </summary>
public static unsafe partial class ProgramReplacement
{
    private const int SIG_BLOCK = 0;
    private const int SIG_UNBLOCK = 1;
    private const int SignalSetSize = 128;

    // SIGHUP, SIGINT, SIGTERM.
    private static readonly int[] ControlSignals = [1, 2, 15];

    /// <summary>
    /// Does not return. The control signals (SIGHUP, SIGINT, SIGTERM) stay blocked, and so are not lost, until the next program calls
    /// <see cref="UnblockControlSignals"/>.
    /// </summary>
    /// <param name="files">What the next program finds under the same numbers.</param>
    /// <exception cref="LinuxException">The program can't be executed; everything is as before.</exception>
    public static void Execute(string path, IReadOnlyList<string> arguments, IReadOnlyList<SafeFileHandle> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        using NativeStrings native = new(arguments);
        byte* nativePath = Utf8StringMarshaller.ConvertToUnmanaged(path);
        try
        {
            SetPassing(files, passed: true);
            MaskControlSignals(SIG_BLOCK);
            _ = execv(nativePath, native.Pointer);
            int errno = Marshal.GetLastPInvokeError();
            MaskControlSignals(SIG_UNBLOCK);
            throw new LinuxException("execve", path, errno);
        }
        finally
        {
            SetPassing(files, passed: false);
            Utf8StringMarshaller.Free(nativePath);
        }
    }

    /// <summary>Lets this thread get what was signalled since the program before this one ended.</summary>
    public static void UnblockControlSignals() => MaskControlSignals(SIG_UNBLOCK);

    private static void SetPassing(IReadOnlyList<SafeFileHandle> files, bool passed)
    {
        foreach (SafeFileHandle file in files)
        {
            InheritedFiles.SetPassing(file, passed);
        }
    }

    private static void MaskControlSignals(int how)
    {
        byte* signals = stackalloc byte[SignalSetSize];
        new Span<byte>(signals, SignalSetSize).Clear();
        foreach (int signal in ControlSignals)
        {
            signals[(signal - 1) / 8] |= (byte)(1 << ((signal - 1) % 8));
        }

        int errno = pthread_sigmask(how, signals, null);
        if (errno != 0)
        {
            throw new LinuxException("pthread_sigmask", path: null, errno);
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int execv(byte* path, byte** arguments);

    // Returns its error number; SetLastError only makes the generator write a method instead of a bare DllImport.
    [LibraryImport("libc", SetLastError = true)]
    private static partial int pthread_sigmask(int how, void* set, void* old);
}
