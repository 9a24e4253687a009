namespace Crid.Images;

/// <summary>One requirement of a policy: containers-policy.json(5).</summary>
internal abstract record PolicyRequirement
{
    /// <summary>insecureAcceptAnything</summary>
    public sealed record Accept : PolicyRequirement;

    /// <summary>reject</summary>
    public sealed record Reject : PolicyRequirement;

    /// <summary>sigstoreSigned with public keys, any of which may have made the signature.</summary>
    /// <param name="KeyFiles">Files with a key in PEM.</param>
    /// <param name="Keys">Keys in PEM.</param>
    /// <param name="Identity">Which name the signature has to be for.</param>
    public sealed record Sigstore(IReadOnlyList<string> KeyFiles, IReadOnlyList<string> Keys, SignedIdentity Identity) : PolicyRequirement;

    /// <summary>A requirement that is valid but that this program can't check; it refuses, never accepts.</summary>
    /// <param name="What">What it is, in words for the message.</param>
    public sealed record Unsupported(string What) : PolicyRequirement;
}
