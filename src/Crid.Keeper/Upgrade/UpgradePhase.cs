namespace Crid.Keeper;

/// <summary>How far the replacement of this program has come.</summary>
internal enum UpgradePhase
{
    None,

    /// <summary>The new program is asked whether it can take over.</summary>
    Checking,

    /// <summary>Requests stay in their sockets until what runs has ended.</summary>
    Waiting,

    /// <summary>It could not be done now and is tried again later.</summary>
    PutOff,
}
