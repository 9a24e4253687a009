namespace Crid.Pods;

/// <summary>The time that one call may spend on walking trees, all of them together.</summary>
internal sealed class WalkBudget(TimeProvider time, TimeSpan limit)
{
    private readonly long _start = time.GetTimestamp();

    public bool IsSpent => time.GetElapsedTime(_start) >= limit;
}
