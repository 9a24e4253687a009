using Crid.Core;
using Crid.Linux;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>Undoes half-made sandboxes, finishes half-removed ones, and finds out which of the others are still whole.</summary>
internal sealed class RecoverSandboxes(
    PodsContext context, SandboxParts parts, InfraWatch infraWatch, RemoveSandbox removeSandbox, RecoveryFindings findings)
{
    // After a reboot every sandbox means a run of the CNI plugins: some at a time, not all, not one after another.
    private const int Parallelism = 8;

    public Task RunAsync(bool isSameBoot, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            context.Sandboxes.All.ToList(),
            new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (sandbox, token) =>
            {
                if (!await findings.TryAsync($"sandbox '{sandbox.Id}'", () => RecoverAsync(sandbox, isSameBoot, token)))
                {
                    await findings.TryAsync($"keep sandbox '{sandbox.Id}' for a later stop", () => KeepAsync(sandbox.Id));
                }
            });

    private async Task RecoverAsync(Sandbox sandbox, bool isSameBoot, CancellationToken cancellationToken)
    {
        if (sandbox.Intent is Intent.Create or Intent.Remove)
        {
            await removeSandbox.RemoveAsync(sandbox.Id, cancellationToken);
            findings.CountRepaired();
            return;
        }

        if (!isSameBoot && sandbox.Status.Environment is not null)
        {
            await context.Sandboxes.UpdateAsync(sandbox.Id, current => current with { Status = current.Status.ToNotReady() });
            await parts.ReleaseAsync(sandbox, cancellationToken);
            await context.Sandboxes.UpdateAsync(sandbox.Id, current => current with { Status = current.Status.ToReleased() });
            return;
        }

        if (sandbox.IsReady && !IsWhole(sandbox))
        {
            await context.Sandboxes.UpdateAsync(sandbox.Id, current => current with { Status = current.Status.ToNotReady() });
            return;
        }

        infraWatch.Watch(sandbox);
    }

    /// <summary>Whether the namespaces are pinned; the infra process is looked at by its watch.</summary>
    private bool IsWhole(Sandbox sandbox)
    {
        SandboxEnvironment? environment = sandbox.Status.Environment;
        NamespacePaths pinned = context.Ports.Host.Namespaces.Get(sandbox.Id);
        return environment is not null
            && environment.NetworkNamespace == pinned.Network
            && environment.IpcNamespace == pinned.Ipc
            && environment.UtsNamespace == pinned.Uts;
    }

    /// <summary>What could not be undone stays listed as not ready: the node agent stops and removes it when it can be done.</summary>
    private Task<Sandbox?> KeepAsync(SandboxId id) =>
        context.Sandboxes.TryUpdateAsync(
            id,
            current => current with
            {
                Status = current.Status.ToNotReady(),
                Intent = current.Intent == Intent.Create ? Intent.None : current.Intent,
            });
}
