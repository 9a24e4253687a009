namespace Crid.Keeper.Protocol;

/// <summary>What a message is. Numbers never change; a new version may add some.</summary>
public enum MessageType : byte
{
    /// <summary>The client's first message: the protocol versions that it speaks.</summary>
    Hello = 1,

    /// <summary>The keeper's answer: the version to speak from now on.</summary>
    Welcome = 2,

    /// <summary>The answer to the request with the same id.</summary>
    Reply = 3,

    /// <summary>A kept process has ended; carries no request id.</summary>
    Exited = 4,

    Create = 10,
    Exec = 11,
    ReopenLog = 12,
    Forget = 13,
    List = 14,

    /// <summary>Kill the command of the Create or Exec request with the same id, which is answered then.</summary>
    Cancel = 15,

    /// <summary>From version 2 on; the reply may carry a descriptor.</summary>
    Attach = 16,

    /// <summary>From version 2 on.</summary>
    CloseStdin = 17,
}
