using System.Text;

namespace Crid.Cli;

/// <summary>
/// Kubernetes' <c>$(NAME)</c> references in commands, arguments and variables: a known name is replaced, an unknown one stays as it
/// stands, and <c>$$</c> is a single dollar sign.
/// </summary>
internal static class VariableExpansion
{
    public static string Expand(string text, IReadOnlyDictionary<string, string> variables)
    {
        if (!text.Contains('$', StringComparison.Ordinal))
        {
            return text;
        }

        StringBuilder result = new();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '$' || i + 1 == text.Length)
            {
                result.Append(text[i]);
                continue;
            }

            int close = text[i + 1] == '(' ? text.IndexOf(')', i + 2) : -1;
            if (text[i + 1] == '$')
            {
                result.Append('$');
                i++;
            }
            else if (close >= 0)
            {
                string name = text[(i + 2)..close];
                result.Append(variables.TryGetValue(name, out string? value) ? value : text[i..(close + 1)]);
                i = close;
            }
            else
            {
                result.Append('$');
            }
        }

        return result.ToString();
    }
}
