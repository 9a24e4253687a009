using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Crid.Daemon;

/// <summary>
/// Takes out of a text what may be a secret. What is left out in doubt is cheaper than a password in a bug report: values of keys with telling
/// names, user names and passwords in URLs, all request headers for registries, and the values of all annotations.
/// </summary>
internal static partial class Redaction
{
    private const string Hidden = "***";

    public static string OfText(string text) => Credentials().Replace(TellingKey().Replace(text, $"${{key}}{Hidden}"), $"//{Hidden}@");

    /// <summary>A hosts.toml: every value in a table of headers is hidden.</summary>
    public static string OfHostsFile(string text)
    {
        bool isHeaders = false;
        IEnumerable<string> lines = text.Split('\n').Select(line =>
        {
            string trimmed = line.Trim();
            isHeaders = trimmed.StartsWith('[') ? trimmed.TrimEnd(']').EndsWith("header", StringComparison.Ordinal) : isHeaders;
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            bool isHidden = equals > 0 && (isHeaders || line[..equals].Contains("header", StringComparison.Ordinal));
            return isHidden ? $"{line[..(equals + 1)]} \"{Hidden}\"" : line;
        });
        return OfText(string.Join('\n', lines));
    }

    /// <summary>Answers of the server: annotations, in which tools keep whole manifests with their environments, lose their values.</summary>
    public static string OfJson(string text)
    {
        try
        {
            JsonNode? root = JsonNode.Parse(text);
            HideAnnotations(root);
            return OfText(root?.ToJsonString(Indented.Default.Options) ?? "");
        }
        catch (JsonException)
        {
            return OfText(text);
        }
    }

    private static void HideAnnotations(JsonNode? node)
    {
        if (node is JsonArray items)
        {
            foreach (JsonNode? item in items)
            {
                HideAnnotations(item);
            }
        }
        else if (node is JsonObject fields)
        {
            foreach ((string name, JsonNode? value) in fields.ToArray())
            {
                if (name == "annotations" && value is JsonObject annotations)
                {
                    fields[name] = new JsonObject(annotations.Select(static entry => KeyValuePair.Create(entry.Key, (JsonNode?)Hidden)));
                }
                else
                {
                    HideAnnotations(value);
                }
            }
        }
    }

    [GeneratedRegex("""(?<key>[\w.-]*(pass(word|wd)?|token|secret|credential|authorization|api[_-]?key|private[_-]?key)[\w.-]*"?\s*[:=]\s*)("[^"\n]*"|'[^'\n]*'|[^\s,}\]]+(\s+[^\s,}\]]{12,})?)""", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 20_000)]
    private static partial Regex TellingKey();

    [GeneratedRegex(@"//[^/\s@]+@", RegexOptions.NonBacktracking)]
    private static partial Regex Credentials();

    [System.Text.Json.Serialization.JsonSourceGenerationOptions(WriteIndented = true)]
    [System.Text.Json.Serialization.JsonSerializable(typeof(JsonNode))]
    private sealed partial class Indented : System.Text.Json.Serialization.JsonSerializerContext;
}
