using System.Globalization;

namespace Crid.Daemon;

/// <summary>Sizes as people write them: <c>64MiB</c>, <c>4096</c>.</summary>
internal static class SizeText
{
    private static readonly (string Unit, int Shift)[] Units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];

    public static bool TryParse(string text, out long size)
    {
        foreach ((string unit, int shift) in Units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal))
            {
                bool parsed = TryParseNumber(text.AsSpan(0, text.Length - unit.Length), out size) && size <= long.MaxValue >> shift;
                size = parsed ? size << shift : 0;
                return parsed;
            }
        }

        return TryParseNumber(text, out size);
    }

    public static string Format(long size)
    {
        foreach ((string unit, int shift) in Units)
        {
            if (size > 0 && (size >> shift) << shift == size)
            {
                return $"{size >> shift}{unit}";
            }
        }

        return size.ToString(CultureInfo.InvariantCulture);
    }

    private static bool TryParseNumber(ReadOnlySpan<char> text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
