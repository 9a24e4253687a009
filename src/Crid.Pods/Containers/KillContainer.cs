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
        if (live is null)
        {
            return;
        }

        live.Signal(SignalNames.Kill);
        exits.Hurry(id);
        if (context.Containers.Find(id)?.Status.CgroupPath is { Length: > 0 } cgroup)
        {
            context.Ports.Host.Cgroups.Thaw(cgroup);
        }

        try
        {
            await live.Recorded.WaitAsync(context.Options.KillTimeout, context.Time, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new CridException(ErrorKind.DeadlineExceeded, Explain(id, live), exception);
        }
    }

    private string Explain(ContainerId id, LiveProcess live) => (live.Ended.IsCompleted, exits.FindFailure(id)) switch
    {
        (false, _) => $"container '{id.Short}' is still alive {context.Options.KillTimeout.TotalSeconds:0} s after SIGKILL: it may wait for a device",
        (true, null) => $"container '{id.Short}' has ended, but how is not known yet: the keeper does not answer",
        (true, { } failure) => $"container '{id.Short}' has ended, but its exit can't be stored: {failure.Message}",
    };
}
