namespace Crid.Daemon;

/// <summary>What a check of the host came to.</summary>
internal enum CheckOutcome
{
    Ok,

    /// <summary>Pods run, but something is less than it could be.</summary>
    Warning,

    /// <summary>Pods can't run, or not in an ordinary way.</summary>
    Failure,
}
