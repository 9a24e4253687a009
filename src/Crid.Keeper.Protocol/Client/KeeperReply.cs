using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper.Protocol;

/// <summary>The answer to a request, behind its head, and the descriptors that came with it, which are the receiver's.</summary>
internal sealed record KeeperReply(byte[] Body, SafeFileHandle[] Files)
{
    internal void DisposeFiles()
    {
        foreach (SafeFileHandle file in Files)
        {
            file.Dispose();
        }
    }
}
