using System.Text.Json;

namespace Crid.Images;

/// <summary>What a signature of cosign says: the digest of a manifest and the name that it was signed for.</summary>
internal sealed record SignedPayload(string ManifestDigest, string Reference)
{
    private const string Type = "cosign container image signature";
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <summary>Reads a payload whose signature is valid; null where it is not of this form.</summary>
    public static SignedPayload? Find(ReadOnlyMemory<byte> payload)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(payload, Options);
            JsonElement critical = document.RootElement.GetProperty("critical");
            bool known = HasOnly(document.RootElement, "critical", "optional") && HasOnly(critical, "identity", "image", "type")
                && HasOnly(critical.GetProperty("identity"), "docker-reference") && HasOnly(critical.GetProperty("image"), "docker-manifest-digest")
                && critical.GetProperty("type").GetString() == Type;
            string? digest = critical.GetProperty("image").GetProperty("docker-manifest-digest").GetString();
            string? reference = critical.GetProperty("identity").GetProperty("docker-reference").GetString();
            return known && digest is not null && reference is not null ? new SignedPayload(digest, reference) : null;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool HasOnly(JsonElement element, params string[] known) => element.EnumerateObject().All(property => known.Contains(property.Name));
}
