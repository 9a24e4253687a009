using System.Buffers;
using System.Globalization;

namespace Crid.Cli;

/// <summary>Amounts as Kubernetes writes them: <c>100m</c>, <c>0.5</c>, <c>64Mi</c>, <c>1G</c>, <c>2e3</c>.</summary>
internal static class Quantity
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    private static readonly Dictionary<string, decimal> Suffixes = new()
    {
        ["n"] = 1e-9m, ["u"] = 1e-6m, ["m"] = 1e-3m, [""] = 1,
        ["k"] = 1e3m, ["M"] = 1e6m, ["G"] = 1e9m, ["T"] = 1e12m, ["P"] = 1e15m, ["E"] = 1e18m,
        ["Ki"] = 1L << 10, ["Mi"] = 1L << 20, ["Gi"] = 1L << 30, ["Ti"] = 1L << 40, ["Pi"] = 1L << 50, ["Ei"] = 1L << 60,
    };

    /// <param name="unit">What one of the result is: 1 for bytes, 0.001 for thousandths of a core. Fractions are rounded up.</param>
    /// <param name="amount">Not negative.</param>
    public static bool TryParse(string text, decimal unit, out long amount)
    {
        amount = 0;
        int digits = text.AsSpan().IndexOfAnyExcept(Digits);
        string number = digits < 0 ? text : text[..digits];
        string suffix = digits < 0 ? "" : text[digits..];
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value) || Factor(suffix) is not decimal factor)
        {
            return false;
        }

        try
        {
            decimal exact = Math.Ceiling(value * factor / unit);
            amount = (long)exact;
            return exact <= long.MaxValue;
        }
        catch (OverflowException)
        {
            return false;
        }
    }

    private static decimal? Factor(string suffix)
    {
        if (Suffixes.TryGetValue(suffix, out decimal factor))
        {
            return factor;
        }

        bool isExponent = suffix.Length > 1 && suffix[0] is 'e' or 'E';
        return isExponent && int.TryParse(suffix.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int power) && power is >= -9 and <= 18
            ? (decimal)Math.Pow(10, power)
            : null;
    }
}
