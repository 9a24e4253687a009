using Crid.Core;

namespace Crid.Pods;

/// <summary>Kills a container and takes away all that it consists of, its row last.</summary>
internal sealed class RemoveContainer(PodsContext context, KillContainer kill, ReleaseContainer release)
{
    public async Task ExecuteAsync(string id, CancellationToken caller)
    {
        if (context.Containers.Resolve(id) is Container container)
        {
            await context.RunAsync($"remove container '{container.Id.Short}'", token => RemoveAsync(container.Id, token), caller);
        }
    }

    public async Task RemoveAsync(ContainerId id, CancellationToken cancellationToken)
    {
        using IDisposable held = await context.ContainerLocks.AcquireAsync(id, cancellationToken);
        await RemoveLockedAsync(id, cancellationToken);
    }

    /// <summary>Removes a container whose lock the caller holds.</summary>
    public async Task RemoveLockedAsync(ContainerId id, CancellationToken cancellationToken)
    {
        Container? container = await context.Containers.TryUpdateAsync(id, current => current with { Intent = Intent.Remove });
        if (container is null)
        {
            return;
        }

        await kill.ExecuteAsync(id, cancellationToken);
        await release.ExecuteAsync(id, context.HandlerOf(container.SandboxId), cancellationToken);
        await context.Containers.DeleteAsync(id);
        PodsLog.ContainerRemoved(context.Logger, id.Value);
    }
}
