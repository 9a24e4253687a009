using Crid.Core;
using Crid.Linux;

namespace Crid.Pods;

/// <summary>Kills a container's process and waits until its end is recorded; accepts containers that have none.</summary>
internal sealed class KillContainer(PodsContext context, ContainerExits exits)
{
    /// <exception cref="CridException">DeadlineExceeded: the process does not end, or its end can't be stored.</exception>
    public async Task ExecuteAsync(ContainerId id, CancellationToken cancellationToken)
    {
        LiveProcess? live = exits.Find(id);
        live?.Signal(SignalNames.Kill);
        exits.Hurry(id);
        if (live is not null && context.Containers.Find(id)?.Status.CgroupPath is { Length: > 0 } cgroup)
        {
            context.Ports.Host.Cgroups.Thaw(cgroup);
        }

        // One whose end a start of crid could not store has no process any more, but its end is still to come.
        Task recorded = live?.Recorded ?? exits.FindRecording(id)?.Ended ?? Task.CompletedTask;
        try
        {
            await recorded.WaitAsync(context.Options.KillTimeout, context.Time, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new CridException(ErrorKind.DeadlineExceeded, Explain(id, live is { Ended.IsCompleted: false }), exception);
        }
    }

    private string Explain(ContainerId id, bool isAlive) => (isAlive, exits.FindRecording(id)?.Failure) switch
    {
        (true, _) => $"container '{id.Short}' is still alive {context.Options.KillTimeout.TotalSeconds:0} s after SIGKILL: it may wait for a device",
        (false, null) => $"container '{id.Short}' has ended, but how is not known yet: the keeper does not answer",
        (false, { } failure) => $"container '{id.Short}' has ended, but its exit can't be stored: {failure.Message}",
    };
}
