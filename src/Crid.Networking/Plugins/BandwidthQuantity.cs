using System.Globalization;
using Crid.Core;

namespace Crid.Networking;

/// <summary>A Kubernetes quantity as a rate in bits per second, for example <c>10M</c> or <c>1Gi</c>.</summary>
internal static class BandwidthQuantity
{
    private const decimal Minimum = 1_000m;
    private const decimal Maximum = 1_000_000_000_000_000m;

    private static readonly (string Suffix, decimal Factor)[] Suffixes =
    [
        ("Ki", 1L << 10), ("Mi", 1L << 20), ("Gi", 1L << 30), ("Ti", 1L << 40), ("Pi", 1L << 50),
        ("m", 0.001m), ("k", 1e3m), ("M", 1e6m), ("G", 1e9m), ("T", 1e12m), ("P", 1e15m), ("", 1m),
    ];

    /// <exception cref="CridException">InvalidArgument: not a quantity, or not between 1k and 1P.</exception>
    public static long Parse(string annotation, string text)
    {
        (string suffix, decimal factor) = Suffixes.First(candidate => text.EndsWith(candidate.Suffix, StringComparison.Ordinal));
        const NumberStyles Styles = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent;
        if (decimal.TryParse(text.AsSpan(0, text.Length - suffix.Length), Styles, CultureInfo.InvariantCulture, out decimal number)
            && number >= Minimum / factor
            && number <= Maximum / factor)
        {
            return (long)(number * factor);
        }

        throw CridException.InvalidArgument($"annotation '{annotation}': '{text}' is not a rate between 1k and 1P bits per second");
    }
}
