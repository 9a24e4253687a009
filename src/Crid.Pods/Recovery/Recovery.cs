using Crid.Keeper.Protocol;

namespace Crid.Pods;

/// <summary>
/// Runs once before the first call is served: after it, rows, keeper and kernel agree, every operation that a crash cut short is undone or
/// finished, and nothing is left that no row owns. Running it again changes nothing.
/// </summary>
internal sealed class Recovery(
    PodsContext context,
    IBootRecord boot,
    RecoverContainers recoverContainers,
    RecoverSandboxes recoverSandboxes,
    RemoveOrphans removeOrphans,
    RecoveryFindings findings)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        long start = context.Time.GetTimestamp();
        context.Ports.Host.Namespaces.Prepare();
        string? bootOfRows = await boot.ReadAsync();
        bool isSameBoot = bootOfRows is null || bootOfRows == context.Options.BootId;
        IReadOnlyList<KeptProcess> list = await context.Ports.Keeper.ListAsync(cancellationToken);
        Dictionary<string, KeptProcess> kept = list.ToDictionary(process => process.Id);

        await recoverContainers.RunAsync(kept, isSameBoot, cancellationToken);
        await recoverSandboxes.RunAsync(isSameBoot, cancellationToken);
        await removeOrphans.RunAsync(kept, cancellationToken);
        await boot.WriteAsync(context.Options.BootId);
        findings.Log(context.Sandboxes.All.Count(), context.Containers.All.Count(), context.Time.GetElapsedTime(start));
    }
}
