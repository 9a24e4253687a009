using System.Text.Json.Serialization;

namespace Crid.Oci;

/// <summary>The answer of a registry's token server; either member carries the token.</summary>
public sealed record RegistryToken
{
    [JsonPropertyName("token")]
    public string? Token { get; init; }

    [JsonPropertyName("access_token")]
    public string? AccessToken { get; init; }

    /// <summary>Seconds.</summary>
    [JsonPropertyName("expires_in")]
    public int? ExpiresIn { get; init; }

    public override string ToString() => "RegistryToken { redacted }";
}
