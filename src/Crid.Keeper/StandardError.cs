using System.Text;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>Standard error without System.Console, which costs more memory than the rest of the keeper.</summary>
internal static class StandardError
{
    private static readonly SafeFileHandle Handle = new(2, ownsHandle: false);

    internal static void WriteLine(string text)
    {
        // A reader that is gone or a full disk below must not end the keeper.
        _ = Descriptor.TryWrite(Handle, Encoding.UTF8.GetBytes(text + "\n"), out _);
    }
}
