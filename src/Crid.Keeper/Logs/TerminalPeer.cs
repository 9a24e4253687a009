using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>
/// The container's side of a terminal, opened here when nobody has it open any more. That is not the terminal's end: programs let go of it for a
/// moment, a getty between two logins or an init that opens its console when there is something to say.
/// </summary>
/// <param name="master">Belongs to somebody else.</param>
internal sealed class TerminalPeer(SafeFileHandle master) : IDisposable
{
    private readonly Lock _lock = new();
    private SafeFileHandle? _slave;
    private bool _ended;

    /// <summary>Lets a terminal go on that has been hung up; false once its container has ended.</summary>
    internal bool TryRenew()
    {
        lock (_lock)
        {
            if (_ended)
            {
                return false;
            }

            // One that was open before was hung up with the others, when the session ended that had the terminal.
            SafeFileHandle slave = PseudoTerminal.OpenPeer(master);
            _slave?.Dispose();
            _slave = slave;
            return true;
        }
    }

    /// <summary>The container has ended: the next hang-up is the last.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _ended = true;
            _slave?.Dispose();
        }
    }
}
