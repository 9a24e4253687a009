namespace Crid.Cli;

/// <summary>Text from images, labels and servers as it may be shown: control characters, which could steer the terminal, are replaced.</summary>
internal static class SafeText
{
    private const char Replacement = '\uFFFD';

    public static string Of(string text) =>
        text.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? string.Create(text.Length, text, static (span, source) =>
            {
                for (int i = 0; i < span.Length; i++)
                {
                    span[i] = char.IsControl(source[i]) ? Replacement : source[i];
                }
            })
            : text;
}
