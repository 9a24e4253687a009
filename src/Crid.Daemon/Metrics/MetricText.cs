using System.Globalization;
using System.Text;

namespace Crid.Daemon;

/// <summary>The text format in which Prometheus reads metrics, version 0.0.4.</summary>
internal sealed class MetricText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();

    /// <summary>What stands between the braces; empty without labels.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        StringBuilder labels = new();
        foreach ((string key, object? value) in tags)
        {
            labels.Append(labels.Length == 0 ? "" : ",").Append(key).Append("=\"");
            string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            labels.Append(text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal));
            labels.Append('"');
        }

        return labels.ToString();
    }

    public static string Join(string labels, string last) => labels.Length == 0 ? last : $"{labels},{last}";

    public static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    public void AppendHead(string name, string help, string type)
    {
        string escaped = help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        _text.Append("# HELP ").Append(name).Append(' ').Append(escaped).Append('\n').Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    public void AppendSample(string name, string labels, double value)
    {
        _text.Append(name);
        if (labels.Length > 0)
        {
            _text.Append('{').Append(labels).Append('}');
        }

        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    public override string ToString() => _text.ToString();
}
