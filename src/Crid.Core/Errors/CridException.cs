namespace Crid.Core;

/// <summary>An expected failure: it has a kind that callers may act on and a message for the person who reads it.</summary>
public class CridException : Exception
{
    public CridException(ErrorKind kind, string message, Exception? inner = null)
        : base(message, inner)
    {
        Kind = kind;
    }

    public ErrorKind Kind { get; }

    /// <summary>
    /// A typed reason of the CRI (<c>RegistryUnavailable</c>, <c>SignatureValidationFailed</c>, ...) or null. kubelet matches it as the
    /// beginning of the message of a status with code Unknown, so the gRPC layer sends <c>Reason: message</c> with that code.
    /// </summary>
    public string? Reason { get; init; }

    public static CridException NotFound(string message) => new(ErrorKind.NotFound, message);

    public static CridException InvalidArgument(string message, Exception? inner = null) => new(ErrorKind.InvalidArgument, message, inner);

    public static CridException FailedPrecondition(string message) => new(ErrorKind.FailedPrecondition, message);

    /// <summary>The same failure with what was being done put in front, once per project boundary.</summary>
    public static CridException Wrap(string doing, Exception inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        return inner is CridException known
            ? new CridException(known.Kind, $"{doing}: {known.Message}", inner) { Reason = known.Reason }
            : new CridException(ErrorKind.Internal, $"{doing}: {inner.Message}", inner);
    }
}
