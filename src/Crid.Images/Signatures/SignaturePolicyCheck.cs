namespace Crid.Images;

/// <summary>Tells, before any pull, whether the signature policies can be used.</summary>
public static class SignaturePolicyCheck
{
    /// <returns>What keeps a policy from being used, a sentence for each; empty where all can be, or none is configured.</returns>
    public static Task<IReadOnlyList<string>> FindProblemsAsync(ImagesOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new SignaturePolicies(options.SignaturePolicy, options.SignaturePolicyDirectory).FindProblemsAsync(cancellationToken);
    }
}
