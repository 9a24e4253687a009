using System.Buffers;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Crid.Cli;

/// <summary>Durations as people write them: <c>90</c> (seconds), <c>1.5s</c>, <c>500ms</c>, <c>2m</c>, <c>1h30m</c>.</summary>
internal static class DurationText
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");
    private static readonly (string Suffix, double Seconds)[] Units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400)];

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double plain))
        {
            return TryFromSeconds(plain, out duration);
        }

        double seconds = 0;
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            int digits = rest.IndexOfAnyExcept(Digits);
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
            {
                return false;
            }

            rest = rest[digits..];
            int letters = rest.IndexOfAnyInRange('0', '9');
            ReadOnlySpan<char> suffix = letters < 0 ? rest : rest[..letters];
            if (FindUnit(suffix) is not double unit)
            {
                return false;
            }

            seconds += number * unit;
            rest = rest[suffix.Length..];
        }

        return text.Length > 0 && TryFromSeconds(seconds, out duration);
    }

    public static TimeSpan ParseArgument(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        if (!TryParse(text, out TimeSpan duration))
        {
            result.AddError($"'{text}' is not a duration: write 30s, 500ms, 2m or 1h30m");
        }

        return duration;
    }

    private static double? FindUnit(ReadOnlySpan<char> suffix)
    {
        foreach ((string name, double seconds) in Units)
        {
            if (suffix.SequenceEqual(name))
            {
                return seconds;
            }
        }

        return null;
    }

    private static bool TryFromSeconds(double seconds, out TimeSpan duration)
    {
        bool fits = seconds <= TimeSpan.FromDays(3650).TotalSeconds;
        duration = fits ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
        return fits;
    }
}
