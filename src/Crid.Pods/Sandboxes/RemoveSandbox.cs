using Crid.Core;

namespace Crid.Pods;

/// <summary>Stops a sandbox and removes it with all its containers; what is left when a step fails is removed by the next call or start.</summary>
internal sealed class RemoveSandbox(PodsContext context, SandboxParts parts, StopSandbox stopSandbox, RemoveContainer removeContainer)
{
    public async Task ExecuteAsync(string id, CancellationToken caller)
    {
        if (context.Sandboxes.Resolve(id) is Sandbox sandbox)
        {
            await context.RunAsync($"remove sandbox '{sandbox.Id.Short}'", token => RemoveAsync(sandbox.Id, token), caller);
        }
    }

    public async Task RemoveAsync(SandboxId id, CancellationToken cancellationToken)
    {
        using IDisposable held = await context.SandboxLocks.AcquireAsync(id, cancellationToken);
        await RemoveLockedAsync(id, cancellationToken);
    }

    /// <summary>Removes a sandbox whose lock the caller holds.</summary>
    public async Task RemoveLockedAsync(SandboxId id, CancellationToken cancellationToken)
    {
        Sandbox? sandbox = await context.Sandboxes.TryUpdateAsync(id, current => current with { Intent = Intent.Remove });
        if (sandbox is null)
        {
            return;
        }

        await stopSandbox.StopLockedAsync(sandbox, cancellationToken);
        await Task.WhenAll(context.Containers.Of(id).Select(container => removeContainer.RemoveAsync(container.Id, cancellationToken)));
        await parts.DeleteFilesAsync(sandbox);
        await context.Sandboxes.DeleteAsync(id);
        PodsLog.SandboxRemoved(context.Logger, id.Value);
    }
}
