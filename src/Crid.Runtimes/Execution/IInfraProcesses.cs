using Crid.Core;

namespace Crid.Runtimes;

/// <summary>The process that owns a sandbox's PID namespace where its containers share one. It runs the pause program that ships with crid.</summary>
public interface IInfraProcesses
{
    /// <summary>Starts the process in the sandbox's namespaces; it ends only when it is stopped.</summary>
    Task<InfraProcess> StartAsync(SandboxSpec spec, SandboxEnvironment environment, CancellationToken cancellationToken);

    /// <summary>Kills the process, and with it all that is left in its PID namespace; accepts processes that are gone.</summary>
    /// <param name="process">Null where none is known: a start that was cut short has left no more than files and a cgroup.</param>
    Task StopAsync(SandboxId id, InfraProcess? process, CancellationToken cancellationToken);
}
