namespace Crid.Keeper;

/// <summary>Something with deadlines on the <see cref="ControlLoop"/>.</summary>
internal interface ITimed
{
    /// <summary>Does what is due and returns when to be called next in <see cref="Environment.TickCount64"/>; <see cref="long.MaxValue"/> for never.</summary>
    long RunDue(long now);
}
