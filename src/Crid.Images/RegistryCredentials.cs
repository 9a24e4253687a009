namespace Crid.Images;

/// <summary>Credentials of one pull. ToString never shows them.</summary>
public sealed record RegistryCredentials
{
    public string? Username { get; init; }

    public string? Password { get; init; }

    /// <summary>Base64 of <c>user:password</c>.</summary>
    public string? Auth { get; init; }

    /// <summary>The host they are for; empty for the registry of the reference.</summary>
    public string? ServerAddress { get; init; }

    /// <summary>An OAuth2 refresh token.</summary>
    public string? IdentityToken { get; init; }

    /// <summary>A bearer token for the registry itself.</summary>
    public string? RegistryToken { get; init; }

    public override string ToString() => "RegistryCredentials { redacted }";
}
