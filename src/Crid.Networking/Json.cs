using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Crid.Networking;

/// <summary>JSON as trees: what a plugin's configuration or result holds beyond what crid knows must pass through unchanged.</summary>
internal static class Json
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <exception cref="JsonException">Not a JSON object.</exception>
    public static JsonObject ParseObject(ReadOnlySpan<byte> bytes) =>
        JsonNode.Parse(bytes, documentOptions: Strict) as JsonObject ?? throw new JsonException("not a JSON object");

    public static byte[] ToBytes(JsonNode node)
    {
        ArrayBufferWriter<byte> buffer = new(1024);
        using (Utf8JsonWriter writer = new(buffer))
        {
            node.WriteTo(writer);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The text of a string property; null where it is absent or something else.</summary>
    public static string? FindString(this JsonObject json, string name) =>
        json.TryGetPropertyValue(name, out JsonNode? node) && node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    public static int? FindInteger(this JsonObject json, string name) =>
        json.TryGetPropertyValue(name, out JsonNode? node) && node is JsonValue value && value.TryGetValue(out int number) ? number : null;

    /// <summary>True for <c>true</c> and, as libcni takes it, for <c>"true"</c>.</summary>
    public static bool IsTrue(this JsonObject json, string name) =>
        json.TryGetPropertyValue(name, out JsonNode? node) && node is JsonValue value
        && ((value.TryGetValue(out bool flag) && flag) || (value.TryGetValue(out string? text) && text == "true"));

    public static IEnumerable<JsonObject> Objects(this JsonObject json, string name) =>
        (json[name] as JsonArray)?.OfType<JsonObject>() ?? [];

    public static JsonArray ToArray(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}
