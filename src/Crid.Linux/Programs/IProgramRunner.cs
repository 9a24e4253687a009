using Crid.Core;

namespace Crid.Linux;

/// <summary>Runs short-lived programs: CNI plugins, OCI runtimes.</summary>
public interface IProgramRunner
{
    /// <summary>Runs a program and waits for its end; cancellation kills it.</summary>
    /// <exception cref="LinuxException">It could not be started.</exception>
    /// <exception cref="CridException">DeadlineExceeded: it was killed at its timeout.</exception>
    Task<ProgramResult> RunAsync(ProgramRequest request, CancellationToken cancellationToken);
}
