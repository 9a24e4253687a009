using System.Text.Json.Serialization;

namespace Crid.Oci;

/// <summary>The answer of a registry's token server; either member carries the token.</summary>
public sealed record RegistryToken
{
    [JsonPropertyName("token")]
    public string? Token { get; init; }

    [JsonPropertyName("access_token")]
    public string? AccessToken { get; init; }

    /// <summary>Seconds; servers send fractions and more than an integer holds.</summary>
    [JsonPropertyName("expires_in")]
    public double? ExpiresIn { get; init; }

    /// <summary>When the lifetime began, as RFC 3339 writes times.</summary>
    [JsonPropertyName("issued_at")]
    public string? IssuedAt { get; init; }

    public override string ToString() => "RegistryToken { redacted }";
}
