using Crid.Core;

namespace Crid.Runtimes;

/// <summary>One OCI runtime (runc, crun) driven through the keeper. Errors carry the runtime's own message, taken from its log file.</summary>
public interface IOciRuntime
{
    /// <summary>Writes the bundle (config.json from the request) and runs <c>create</c>; the process waits for <see cref="StartAsync"/>.</summary>
    Task<CreatedContainer> CreateAsync(ContainerCreation creation, CancellationToken cancellationToken);

    Task StartAsync(ContainerId id, CancellationToken cancellationToken);

    /// <summary>Deletes what the runtime keeps of a container, killing it first; accepts containers that do not exist.</summary>
    Task DeleteAsync(ContainerId id, CancellationToken cancellationToken);

    /// <summary>Runs a command in a running container and returns its output, capped at 16 MiB a stream, and its exit status.</summary>
    /// <param name="timeout">Null for none. When it passes the process is killed with its descendants.</param>
    /// <exception cref="CridException">
    /// DeadlineExceeded: the timeout passed. InvalidArgument: there is no such command. FailedPrecondition: it could not be started.
    /// </exception>
    Task<ExecSyncResult> ExecSyncAsync(ContainerId id, IReadOnlyList<string> command, TimeSpan? timeout, CancellationToken cancellationToken);

    /// <summary>
    /// Runs a command in a running container with the streams of a client, on a terminal where asked for, and returns its exit status. A cancelled
    /// token means that the client is gone: the command is killed with its descendants.
    /// </summary>
    /// <exception cref="CridException">InvalidArgument: there is no such command. FailedPrecondition: it could not be started.</exception>
    Task<int> ExecAsync(
        ContainerId id, IReadOnlyList<string> command, bool terminal, ProcessStreams streams, CancellationToken cancellationToken);

    /// <summary>
    /// Connects a client to the stdio of a running container until that ends. A cancelled token means that the client is gone; the container runs on.
    /// </summary>
    /// <param name="terminal">Whether the container was made with a terminal.</param>
    /// <param name="stdinOnce">Whether its input ends with the first client that sends to it.</param>
    /// <exception cref="CridException">FailedPrecondition: it does not run. ResourceExhausted: it has too many clients.</exception>
    Task AttachAsync(ContainerId id, bool terminal, bool stdinOnce, ProcessStreams streams, CancellationToken cancellationToken);

    /// <summary>Changes the limits of a created or running container.</summary>
    Task UpdateAsync(ContainerId id, ResourcesSpec resources, CancellationToken cancellationToken);
}
