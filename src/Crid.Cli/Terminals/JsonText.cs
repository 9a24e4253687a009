using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;

namespace Crid.Cli;

/// <summary>CRI messages as indented JSON for people and scripts: times as RFC 3339, verbose info values that are JSON as objects.</summary>
internal static class JsonText
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true));
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    public static JsonNode Of(IMessage message)
    {
        JsonNode node = JsonNode.Parse(Formatter.Format(message)) ?? new JsonObject();
        Rewrite(node);
        return node;
    }

    public static JsonArray OfAll(IEnumerable<IMessage> messages)
    {
        JsonArray array = [];
        foreach (IMessage message in messages)
        {
            array.Add(Of(message));
        }

        return array;
    }

    public static string Write(JsonNode node)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter writer = new(buffer, Indented))
        {
            node.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void Rewrite(JsonNode node)
    {
        switch (node)
        {
            case JsonObject fields:
                foreach ((string name, JsonNode? value) in fields.ToArray())
                {
                    if (name is "labels" or "annotations")
                    {
                        continue;
                    }

                    if (IsTime(name) && value is JsonValue && long.TryParse(value.GetValue<string>(), out long nanoseconds))
                    {
                        fields[name] = nanoseconds == 0 ? null : HumanFormat.FromNanoseconds(nanoseconds).ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ");
                    }
                    else if (name == "info" && value is JsonObject info)
                    {
                        ExpandInfo(info);
                    }
                    else if (value is not null)
                    {
                        Rewrite(value);
                    }
                }

                break;
            case JsonArray items:
                foreach (JsonNode? item in items)
                {
                    if (item is not null)
                    {
                        Rewrite(item);
                    }
                }

                break;
        }
    }

    private static bool IsTime(string name) => name is "createdAt" or "startedAt" or "finishedAt";

    private static void ExpandInfo(JsonObject info)
    {
        foreach ((string key, JsonNode? value) in info.ToArray())
        {
            string text = value?.GetValue<string>() ?? "";
            if (text.StartsWith('{') || text.StartsWith('['))
            {
                info[key] = TryParse(text) ?? value?.DeepClone();
            }
        }
    }

    private static JsonNode? TryParse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
