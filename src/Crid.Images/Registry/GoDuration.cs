using System.Buffers;
using System.Globalization;

namespace Crid.Images;

/// <summary>Durations as Go writes them, which is how <c>hosts.toml</c> has them: <c>1m30s</c>, <c>1.5s</c>, <c>500ms</c>.</summary>
internal static class GoDuration
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    private static readonly (string Unit, double Seconds)[] Units =
        [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600)];

    /// <summary>Reads a duration of more than nothing and at most a day.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        double seconds = 0;
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            int digits = rest.IndexOfAnyExcept(Digits);
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
            {
                break;
            }

            rest = rest[digits..];
            int letters = rest.IndexOfAny(Digits);
            ReadOnlySpan<char> unit = letters < 0 ? rest : rest[..letters];
            double factor = FindFactor(unit);
            if (factor == 0)
            {
                break;
            }

            seconds += number * factor;
            rest = rest[unit.Length..];
        }

        bool valid = rest.IsEmpty && seconds is > 0 and <= 86_400;
        duration = valid ? TimeSpan.FromSeconds(seconds) : default;
        return valid;
    }

    private static double FindFactor(ReadOnlySpan<char> unit)
    {
        foreach ((string name, double seconds) in Units)
        {
            if (unit.SequenceEqual(name))
            {
                return seconds;
            }
        }

        return 0;
    }
}
