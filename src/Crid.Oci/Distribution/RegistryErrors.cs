using System.Text.Json.Serialization;

namespace Crid.Oci;

/// <summary>The body of a registry's error response: distribution-spec, "Error Codes".</summary>
public sealed record RegistryErrors
{
    [JsonPropertyName("errors")]
    public IReadOnlyList<RegistryError>? Errors { get; init; }
}
