using System.Globalization;
using Crid.Core;

namespace Crid.Runtimes;

/// <summary>Numeric user and group ids. A text of digits alone is always a number and never a name.</summary>
internal static class UserId
{
    public const long Max = int.MaxValue;

    public static bool IsNumeric(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExceptInRange('0', '9');

    public static bool TryParse(string text, out long id)
    {
        id = 0;
        return IsNumeric(text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id <= Max;
    }

    /// <exception cref="CridException">InvalidArgument: out of range.</exception>
    public static long Check(long id) => id is >= 0 and <= Max ? id : throw OutOfRange(id.ToString(CultureInfo.InvariantCulture));

    /// <exception cref="CridException">InvalidArgument: out of range.</exception>
    public static long Parse(string digits) => TryParse(digits, out long id) ? id : throw OutOfRange(digits);

    private static CridException OutOfRange(string text) => CridException.InvalidArgument($"user or group id {text} is not within 0..{Max}");
}
