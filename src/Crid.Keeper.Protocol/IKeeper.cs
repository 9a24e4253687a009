using Crid.Core;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper.Protocol;

/// <summary>What crid asks of crid-keeper. Calls may run concurrently; each fails with Unavailable when the keeper can't be reached.</summary>
public interface IKeeper
{
    /// <summary>Exits of kept processes, at least once each; the first listeners also get those that happened while nobody was connected.</summary>
    event Action<ProcessExit>? Exited;

    /// <summary>
    /// Runs an OCI runtime's <c>create</c> with the container's stdio and adopts the process named by its pid file. Returns when the runtime
    /// has ended, whether it succeeded or not.
    /// </summary>
    Task<SpawnResult> CreateAsync(CreateRequest request, CancellationToken cancellationToken);

    /// <summary>Runs an OCI runtime's <c>exec --detach</c> with the caller's descriptors as stdio and adopts the process it leaves.</summary>
    Task<SpawnResult> ExecAsync(ExecRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Copies all further output of a container to the caller's pipes, until it ends or their read ends are closed. Returns the write end of
    /// its standard input if that was asked for, there is one and it was not closed; of a container with a terminal always the master of its
    /// pty, which also takes its size. The descriptor does not block.
    /// </summary>
    /// <exception cref="CridException">
    /// NotFound: no such process is kept. FailedPrecondition: it does not run, or its output can't be attached to. ResourceExhausted: it has
    /// <see cref="AttachRequest.MaxClients"/> clients. Unimplemented: the keeper is too old.
    /// </exception>
    Task<SafeFileHandle?> AttachAsync(AttachRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Closes the standard input of a container made with <see cref="CreateRequest.StdinOnce"/> for good: it reads the end once no client
    /// holds a descriptor of it any more. Without effect on a terminal and on containers that have ended, have no input or are closed already.
    /// </summary>
    /// <exception cref="CridException">
    /// NotFound: no such process is kept. FailedPrecondition: its input is to stay open. Unimplemented: the keeper is too old.
    /// </exception>
    Task CloseStdinAsync(string id, CancellationToken cancellationToken);

    /// <summary>Closes a container's log file and opens its path anew; the file exists when this returns.</summary>
    /// <exception cref="CridException">NotFound: no such process is kept. FailedPrecondition: it has exited.</exception>
    Task ReopenLogAsync(string id, CancellationToken cancellationToken);

    /// <summary>Drops all that is known of an exited process and removes its files; accepts ids that are not known.</summary>
    Task ForgetAsync(string id, CancellationToken cancellationToken);

    /// <summary>Everything that is kept: running processes and exits that were not forgotten yet.</summary>
    Task<IReadOnlyList<KeptProcess>> ListAsync(CancellationToken cancellationToken);
}
