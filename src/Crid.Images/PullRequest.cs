using Crid.Core;

namespace Crid.Images;

/// <summary>An image to pull and the credentials for its registry.</summary>
public sealed record PullRequest(ImageReference Reference, RegistryCredentials? Credentials)
{
    /// <summary>The Kubernetes namespace of the pod that it is pulled for, whose signature policy counts; null for none.</summary>
    public string? Namespace { get; init; }
}
