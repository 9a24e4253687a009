namespace Crid.Images;

/// <summary>One challenge of a WWW-Authenticate header: RFC 9110, section 11.6.1.</summary>
internal sealed record Challenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    public string? Find(string name) => Parameters.GetValueOrDefault(name);

    /// <summary>The challenges of a header; what does not parse ends the list.</summary>
    public static IReadOnlyList<Challenge> Parse(string header)
    {
        List<Challenge> challenges = [];
        Dictionary<string, string>? parameters = null;
        int at = 0;
        while (true)
        {
            at = SkipWhile(header, at, static c => c is ' ' or '\t' or ',');
            int end = SkipWhile(header, at, IsTokenCharacter);
            if (end == at)
            {
                return challenges;
            }

            string token = header[at..end];
            int after = SkipWhile(header, end, static c => c is ' ' or '\t');
            if (parameters is not null && after < header.Length && header[after] == '=')
            {
                (parameters[token], at) = ReadValue(header, SkipWhile(header, after + 1, static c => c is ' ' or '\t'));
            }
            else
            {
                parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
                challenges.Add(new Challenge(token, parameters));
                at = end;
            }
        }
    }

    private static (string Value, int End) ReadValue(string header, int start)
    {
        if (start >= header.Length || header[start] != '"')
        {
            int end = SkipWhile(header, start, static c => c is not (',' or ' ' or '\t'));
            return (header[start..end], end);
        }

        System.Text.StringBuilder value = new();
        int at = start + 1;
        while (at < header.Length && header[at] != '"')
        {
            at += header[at] == '\\' && at + 1 < header.Length ? 1 : 0;
            value.Append(header[at++]);
        }

        return (value.ToString(), Math.Min(at + 1, header.Length));
    }

    private static int SkipWhile(string text, int start, Func<char, bool> condition)
    {
        int at = start;
        while (at < text.Length && condition(text[at]))
        {
            at++;
        }

        return at;
    }

    private static bool IsTokenCharacter(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal);
}
