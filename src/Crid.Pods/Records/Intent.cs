namespace Crid.Pods;

/// <summary>
/// The operation that is under way on a record. It is written before the operation's first effect, so that a start after a crash knows
/// what to undo or to finish.
/// </summary>
internal enum Intent
{
    None,

    /// <summary>Being made; not listed yet, undone after a crash.</summary>
    Create,

    /// <summary>A container that is being started; finished after a crash.</summary>
    Start,

    /// <summary>Being removed; finished after a crash.</summary>
    Remove,
}
