namespace Crid.Linux;

/// <summary>Swap of a cgroup in bytes.</summary>
/// <param name="Limit">Null where the cgroup itself has no limit.</param>
public sealed record CgroupSwap(ulong Usage, ulong? Limit)
{
    /// <summary>What the limit leaves; null without a limit.</summary>
    public ulong? Available => Limit is ulong limit ? limit - Math.Min(limit, Usage) : null;
}
