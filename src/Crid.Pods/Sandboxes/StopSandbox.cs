using Crid.Core;

namespace Crid.Pods;

/// <summary>Stops a sandbox: kills its containers, then releases network, namespaces and mounts. Every step can be repeated.</summary>
internal sealed class StopSandbox(PodsContext context, SandboxParts parts, KillContainer killContainer)
{
    public async Task ExecuteAsync(string id, CancellationToken caller)
    {
        if (context.Sandboxes.Resolve(id) is Sandbox sandbox)
        {
            await context.RunAsync($"stop sandbox '{sandbox.Id.Short}'", token => StopAsync(sandbox.Id, token), caller);
        }
    }

    /// <summary>Stops a sandbox whose lock the caller holds.</summary>
    public async Task StopLockedAsync(Sandbox sandbox, CancellationToken cancellationToken)
    {
        await context.Sandboxes.TryUpdateAsync(sandbox.Id, EndReadiness);
        IEnumerable<Task> kills = context.Containers.Of(sandbox.Id).Select(container => KillAsync(container, cancellationToken));
        await Task.WhenAll(kills);
        if (sandbox.Status.Environment is not null)
        {
            await parts.ReleaseAsync(sandbox, cancellationToken);
            await context.Sandboxes.TryUpdateAsync(sandbox.Id, current => current with { Status = current.Status.ToReleased() });
            PodsLog.SandboxStopped(context.Logger, sandbox.Id.Value);
        }
    }

    private static Sandbox EndReadiness(Sandbox sandbox) =>
        sandbox.IsReady ? sandbox with { Status = sandbox.Status.ToNotReady() } : sandbox;

    private async Task StopAsync(SandboxId id, CancellationToken cancellationToken)
    {
        using IDisposable held = await context.SandboxLocks.AcquireAsync(id, cancellationToken);
        if (context.Sandboxes.Find(id) is Sandbox sandbox)
        {
            await StopLockedAsync(sandbox, cancellationToken);
        }
    }

    private async Task KillAsync(Container container, CancellationToken cancellationToken)
    {
        if (container.Intent == Intent.Create)
        {
            await context.CreationsInFlight.CancelAsync(container.Identity, cancellationToken);
        }

        await killContainer.ExecuteAsync(container.Id, cancellationToken);
    }
}
