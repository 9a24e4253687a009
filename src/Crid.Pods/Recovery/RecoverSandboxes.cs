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

    private readonly List<(Sandbox Sandbox, IDisposable Lock)> _broken = [];

    /// <summary>Says of each sandbox whether it is ready, and holds those that have to be repaired.</summary>
    public async Task AdoptAsync(bool isSameBoot, CancellationToken cancellationToken)
    {
        foreach (Sandbox sandbox in context.Sandboxes.All.ToList())
        {
            bool isHalfMade = sandbox.Intent is Intent.Create or Intent.Remove;
            bool isOfOtherBoot = !isSameBoot && sandbox.Status.Environment is not null;
            if (isOfOtherBoot)
            {
                await context.Sandboxes.UpdateAsync(sandbox.Id, current => current with { Status = current.Status.WithoutInfra().ToNotReady() });
            }
            else if (sandbox.IsReady && !IsWhole(sandbox))
            {
                await context.Sandboxes.UpdateAsync(sandbox.Id, current => current with { Status = current.Status.ToNotReady() });
                findings.CountBroken();
            }
            else if (!isHalfMade)
            {
                infraWatch.Watch(sandbox);
            }

            if (isHalfMade || isOfOtherBoot)
            {
                Sandbox current = context.Sandboxes.Find(sandbox.Id) ?? sandbox;
                _broken.Add((current, await context.SandboxLocks.AcquireAsync(sandbox.Id, cancellationToken)));
            }
        }
    }

    /// <summary>Removes sandboxes whose making or removal was cut short, and releases those of another boot.</summary>
    public async Task RepairAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Parallel.ForEachAsync(
                _broken,
                new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
                async (broken, token) =>
                {
                    if (!await findings.TryAsync($"sandbox '{broken.Sandbox.Id}'", () => RepairAsync(broken.Sandbox, token)))
                    {
                        await findings.TryAsync($"keep sandbox '{broken.Sandbox.Id}' for a later stop", () => KeepAsync(broken.Sandbox.Id));
                    }
                });
        }
        finally
        {
            _broken.ForEach(broken => broken.Lock.Dispose());
            _broken.Clear();
        }
    }

    private async Task RepairAsync(Sandbox sandbox, CancellationToken cancellationToken)
    {
        if (sandbox.Intent is Intent.Create or Intent.Remove)
        {
            await removeSandbox.RemoveLockedAsync(sandbox.Id, cancellationToken);
            findings.CountRepaired();
            return;
        }

        await parts.ReleaseAsync(sandbox, cancellationToken);
        await context.Sandboxes.UpdateAsync(sandbox.Id, current => current with { Status = current.Status.ToReleased() });
        findings.CountReleased();
    }

    /// <summary>Whether the namespaces are pinned; the infra process is looked at by its watch.</summary>
    private bool IsWhole(Sandbox sandbox)
    {
        SandboxEnvironment? environment = sandbox.Status.Environment;
        NamespacePaths pinned = context.Ports.Host.Namespaces.Get(sandbox.Id);
        return environment is not null
            && environment.NetworkNamespace == pinned.Network
            && environment.IpcNamespace == pinned.Ipc
            && environment.UtsNamespace == pinned.Uts
            && environment.UserNamespace == pinned.User;
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
