using System.Runtime.InteropServices;
using Crid.Core;

namespace Crid.Linux;

/// <summary>A system call failed: which one, on what, and why.</summary>
public sealed class LinuxException : CridException
{
    public LinuxException(string call, string? path, int errno)
        : base(ErrorKind.Internal, $"{call}{(path is null ? "" : $" '{path}'")}: {Marshal.GetPInvokeErrorMessage(errno)}")
    {
        Call = call;
        Errno = errno;
    }

    public string Call { get; }

    /// <summary>The error number of errno(3).</summary>
    public int Errno { get; }
}
