using System.Text.Json.Serialization;

namespace Crid.Oci;

/// <summary>One error of a registry.</summary>
public sealed record RegistryError
{
    [JsonPropertyName("code")]
    public string? Code { get; init; }

    [JsonPropertyName("message")]
    public string? Message { get; init; }
}
