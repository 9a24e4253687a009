namespace Crid.Core;

/// <summary>What kind of failure a caller is told about; the gRPC layer maps each to one status code.</summary>
public enum ErrorKind
{
    /// <summary>A defect or an unexpected failure of the host.</summary>
    Internal,

    /// <summary>The named object does not exist.</summary>
    NotFound,

    /// <summary>The name is taken by another object.</summary>
    AlreadyExists,

    /// <summary>The request can never succeed as it stands.</summary>
    InvalidArgument,

    /// <summary>The object's state does not allow the operation now.</summary>
    FailedPrecondition,

    /// <summary>A peer (registry, keeper, plugin) can't be reached; a retry may succeed.</summary>
    Unavailable,

    /// <summary>The time that was given ran out.</summary>
    DeadlineExceeded,

    /// <summary>A limit was reached.</summary>
    ResourceExhausted,

    /// <summary>Credentials are missing or not accepted.</summary>
    PermissionDenied,

    /// <summary>The operation is not supported by this build or this host.</summary>
    Unimplemented,

    /// <summary>An error whose message must reach kubelet unwrapped; see <see cref="CridException.Reason"/>.</summary>
    Unknown,
}
