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
}
