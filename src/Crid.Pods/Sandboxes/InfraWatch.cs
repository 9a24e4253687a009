using System.Collections.Concurrent;
using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>Notices the end of infra processes: a sandbox without the owner of its PID namespace takes no container any more.</summary>
internal sealed class InfraWatch(PodsContext context) : IDisposable
{
    private readonly ConcurrentDictionary<SandboxId, IProcess> _processes = [];

    /// <summary>Watches the infra process of a ready sandbox, if it has one.</summary>
    public void Watch(Sandbox sandbox)
    {
        if (sandbox.Status.Infra is not InfraProcess infra)
        {
            return;
        }

        IProcess? process = context.Ports.Host.Processes.Open(infra.Pid, infra.StartTimeTicks);
        if (process is not null)
        {
            _processes[sandbox.Id] = process;
        }

        _ = FollowAsync(sandbox.Id, process);
    }

    public void Dispose()
    {
        foreach (SandboxId id in _processes.Keys)
        {
            Forget(id);
        }
    }

    private async Task FollowAsync(SandboxId id, IProcess? process)
    {
        try
        {
            await (process?.Exited ?? Task.CompletedTask);
            Forget(id);
            await context.Sandboxes.TryUpdateAsync(id, EndReadiness);
        }
        catch (OperationCanceledException)
        {
            // The watch was ended, not the process.
        }
        catch (Exception exception)
        {
            PodsLog.BackgroundFailed(context.Logger, exception);
        }
    }

    private Sandbox EndReadiness(Sandbox sandbox)
    {
        if (!sandbox.IsReady)
        {
            return sandbox;
        }

        PodsLog.InfraProcessEnded(context.Logger, sandbox.Id.Value);
        return sandbox with { Status = sandbox.Status.ToNotReady() };
    }

    private void Forget(SandboxId id)
    {
        if (_processes.TryRemove(id, out IProcess? process))
        {
            process.Dispose();
        }
    }
}
