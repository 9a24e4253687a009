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

    /// <summary>The client is to hold these descriptors of a kept process in place of earlier ones. From version 2 on, as all that follow.</summary>
    Hold = 5,

    /// <summary>The client is to close one or all descriptors that it holds of a process.</summary>
    Release = 6,

    Create = 10,
    Exec = 11,
    ReopenLog = 12,
    Forget = 13,
    List = 14,

    /// <summary>Kill the command of the Create or Exec request with the same id, which is answered then.</summary>
    Cancel = 15,

    /// <summary>The reply may carry a descriptor. From version 2 on, as all that follow.</summary>
    Attach = 16,

    CloseStdin = 17,

    /// <summary>Descriptors of one process that the client holds, for a keeper that may have lost them; not answered.</summary>
    Return = 18,

    /// <summary>All that the client holds was returned; not answered.</summary>
    Returned = 19,

    /// <summary>The keeper is to replace itself by the program that is installed now; answered when it has begun.</summary>
    Reload = 20,
}
