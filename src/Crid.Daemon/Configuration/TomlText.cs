using System.Globalization;
using System.Text;

namespace Crid.Daemon;

/// <summary>Writes keys and strings of TOML.</summary>
internal static class TomlText
{
    /// <summary>A basic string.</summary>
    public static string Quote(string text)
    {
        StringBuilder quoted = new("\"", text.Length + 2);
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                _ when char.IsControl(c) => quoted.Append("\\u").Append(((int)c).ToString("X4", CultureInfo.InvariantCulture)),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>One part of a key: bare where TOML allows it.</summary>
    public static string Key(string name) =>
        name.Length > 0 && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? name : Quote(name);

    /// <summary>A dotted key.</summary>
    public static string Key(IEnumerable<string> path) => string.Join('.', path.Select(Key));
}
