using Crid.Keeper.Protocol;

namespace Crid.Pods;

/// <summary>
/// Makes rows, keeper and kernel agree after a start. What is quick happens before the first call is served: every record says what became of
/// its container or sandbox. The rest follows while calls are served: what a crash cut short is undone or finished under the locks of its
/// records, and what no row owns is removed. Running it again changes nothing.
/// </summary>
internal sealed class Recovery(
    PodsContext context,
    IBootRecord boot,
    RecoverContainers recoverContainers,
    RecoverSandboxes recoverSandboxes,
    RemoveOrphans removeOrphans,
    RecoveryFindings findings)
{
    private long _start;
    private TimeSpan _adoption;
    private Dictionary<string, KeptProcess> _kept = [];
    private Task _garbage = Task.CompletedTask;

    /// <summary>The part before the first call; holds the locks of the records that <see cref="RepairAsync"/> deals with.</summary>
    public async Task AdoptAsync(CancellationToken cancellationToken)
    {
        _start = context.Time.GetTimestamp();
        context.Ports.Host.Namespaces.Prepare();
        string? bootOfRows = await boot.ReadAsync();
        bool isSameBoot = bootOfRows is null || bootOfRows == context.Options.BootId;
        IReadOnlyList<KeptProcess> list = await context.Ports.Keeper.ListAsync(cancellationToken);
        _kept = list.ToDictionary(process => process.Id);

        await recoverContainers.AdoptAsync(_kept, isSameBoot, cancellationToken);
        await recoverSandboxes.AdoptAsync(isSameBoot, cancellationToken);
        if (bootOfRows != context.Options.BootId)
        {
            // Now, because a container of this boot must never be judged by the boot before.
            await boot.WriteAsync(context.Options.BootId);
        }

        // Begun before a sandbox can be attached, because an attachment in the making would be taken for garbage.
        _garbage = findings.TryAsync("network garbage", () => context.Ports.Network.CollectGarbageAsync(CancellationToken.None));
        _adoption = context.Time.GetElapsedTime(_start);
    }

    /// <summary>The part beside the first calls.</summary>
    public async Task RepairAsync(CancellationToken cancellationToken)
    {
        await recoverContainers.RepairAsync(_kept, cancellationToken);
        await recoverSandboxes.RepairAsync(cancellationToken);
        await removeOrphans.RunAsync(_kept, cancellationToken);
        await _garbage.WaitAsync(cancellationToken);
        _kept = [];
        findings.Log(
            context.Sandboxes.Listed.Count(), context.Containers.Listed.Count(), _adoption, context.Time.GetElapsedTime(_start));
    }
}
