namespace Crid.Keeper;

/// <summary>Where a kept process is in its life; the numbers are those of the state files.</summary>
internal enum KeptPhase : byte
{
    /// <summary>The command that makes it runs.</summary>
    Creating = 1,

    Running = 2,

    Exited = 3,
}
