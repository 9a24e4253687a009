using System.Globalization;
using System.Text;

namespace Crid.Daemon;

/// <summary>Durations as people write them: <c>1h30m</c>, <c>45s</c>, <c>500ms</c>; at most 24 days.</summary>
internal static class DurationText
{
    private static readonly (string Unit, long Milliseconds)[] Units = [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        long milliseconds = 0;
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            int digits = Leading(rest, char.IsAsciiDigit);
            if (!int.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                return false;
            }

            rest = rest[digits..];
            int letters = Leading(rest, char.IsAsciiLetter);
            long factor = FactorOf(rest[..letters]);
            if (factor == 0)
            {
                return false;
            }

            milliseconds += number * factor;
            rest = rest[letters..];
        }

        // Timers take no more than this.
        bool fits = text.Length > 0 && milliseconds <= int.MaxValue;
        duration = fits ? TimeSpan.FromMilliseconds(milliseconds) : default;
        return fits;
    }

    public static string Format(TimeSpan duration)
    {
        long milliseconds = (long)duration.TotalMilliseconds;
        StringBuilder text = new();
        foreach ((string unit, long factor) in Units)
        {
            if (milliseconds >= factor)
            {
                text.Append(CultureInfo.InvariantCulture, $"{milliseconds / factor}{unit}");
                milliseconds %= factor;
            }
        }

        return text.Length == 0 ? "0s" : text.ToString();
    }

    private static long FactorOf(ReadOnlySpan<char> name)
    {
        foreach ((string unit, long factor) in Units)
        {
            if (name.SequenceEqual(unit))
            {
                return factor;
            }
        }

        return 0;
    }

    private static int Leading(ReadOnlySpan<char> text, Func<char, bool> belongs)
    {
        int length = 0;
        while (length < text.Length && belongs(text[length]))
        {
            length++;
        }

        return length;
    }
}
