using System.Threading.Channels;
using Crid.Core;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Runtimes;

/// <summary>Gives a pty the size of the client's terminal whenever that changes.</summary>
internal static class TerminalResize
{
    /// <summary>Ends when the client sends no more sizes or the token is cancelled; does not throw for either.</summary>
    public static async Task FollowAsync(ChannelReader<TerminalSize>? sizes, SafeFileHandle master, CancellationToken cancellationToken)
    {
        if (sizes is null)
        {
            return;
        }

        try
        {
            await foreach (TerminalSize size in sizes.ReadAllAsync(cancellationToken))
            {
                PseudoTerminal.Resize(master, size);
            }
        }
        catch (OperationCanceledException)
        {
            // The process has ended.
        }
    }
}
