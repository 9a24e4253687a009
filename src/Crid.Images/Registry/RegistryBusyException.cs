using Crid.Core;

namespace Crid.Images;

/// <summary>A server answered with a failure and asked to be left alone for a while.</summary>
internal sealed class RegistryBusyException : CridException
{
    public RegistryBusyException(CridException failure, TimeSpan retryAfter)
        : base(failure.Kind, failure.Message)
    {
        Reason = failure.Reason;
        RetryAfter = retryAfter;
    }

    public TimeSpan RetryAfter { get; }
}
