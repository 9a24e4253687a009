using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>The file in which an OCI runtime leaves the pid of a container or an exec.</summary>
internal static class PidFile
{
    // A number, a newline, and more than either: what fills it is no pid.
    private const int MaxBytes = 32;

    /// <summary>Null where there is none or it holds no pid.</summary>
    internal static int? TryRead(string path)
    {
        Span<byte> buffer = stackalloc byte[MaxBytes];
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            int length = RandomAccess.Read(file, buffer, fileOffset: 0);
            ReadOnlySpan<byte> text = ((ReadOnlySpan<byte>)buffer[..length]).Trim(" \t\r\n"u8);
            return length < MaxBytes && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid > 0 ? pid : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The latter is what a directory in its place gives.
            return null;
        }
    }
}
