using Crid.Core;

namespace Crid.Images;

/// <summary>An image to pull and the credentials for its registry.</summary>
public sealed record PullRequest(ImageReference Reference, RegistryCredentials? Credentials);
