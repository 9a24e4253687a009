using Crid.Core;

namespace Crid.Cri;

/// <summary>Checks on fields of a request; each failure is an InvalidArgument that names the field.</summary>
internal static class Require
{
    /// <summary>The largest id that Linux accepts: -1 as an unsigned number means 'no change'.</summary>
    private const long MaxId = uint.MaxValue - 1L;

    // A timer takes at most 2^32 - 2 milliseconds; longer waits (49 days) end there.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(uint.MaxValue - 1L);

    public static T Present<T>(T? message, string field)
        where T : class => message ?? throw Invalid(field, "is missing");

    /// <summary>Refuses what this runtime would have to pass over in silence.</summary>
    public static void Absent(object? message, string field)
    {
        if (message is not null)
        {
            throw Invalid(field, "is for nodes of another kind than Linux");
        }
    }

    public static string NotEmpty(string text, string field) =>
        text.Length > 0 ? text : throw Invalid(field, "is empty");

    public static string Absolute(string path, string field) =>
        path.StartsWith('/') ? NoNul(path, field) : throw Invalid(field, $"'{path}' is not an absolute path");

    public static string AbsoluteOrEmpty(string path, string field) => path.Length == 0 ? path : Absolute(path, field);

    /// <summary>A string that may be passed to the kernel, which ends strings at the first NUL.</summary>
    public static string NoNul(string text, string field) =>
        text.Contains('\0', StringComparison.Ordinal) ? throw Invalid(field, "contains a NUL character") : text;

    /// <summary>A string that is written into a file of lines: hosts, resolv.conf.</summary>
    public static string OneLine(string text, string field) =>
        text.Any(char.IsControl) ? throw Invalid(field, "contains a control character") : text;

    public static long AtLeast(long value, long minimum, string field) =>
        value >= minimum ? value : throw Invalid(field, $"{value} is below {minimum}");

    public static long Between(long value, long minimum, long maximum, string field) =>
        value >= minimum && value <= maximum ? value : throw Invalid(field, $"{value} is not between {minimum} and {maximum}");

    /// <summary>A numeric user or group.</summary>
    public static long Id(long value, string field) => Between(value, 0, MaxId, field);

    /// <summary>The value as the enum of crid that has the same numbers.</summary>
    public static TTo Enum<TFrom, TTo>(TFrom value, string field)
        where TFrom : struct, Enum
        where TTo : struct, Enum
    {
        TTo converted = (TTo)System.Enum.ToObject(typeof(TTo), Convert.ToInt32(value));
        return System.Enum.IsDefined(converted) ? converted : throw Invalid(field, $"{value} is not a known value");
    }

    /// <summary>Seconds as a time that a timer can wait.</summary>
    public static TimeSpan Seconds(long value, string field)
    {
        AtLeast(value, 0, field);
        return value >= (long)LongestWait.TotalSeconds ? LongestWait : TimeSpan.FromSeconds(value);
    }

    public static CridException Invalid(string field, string problem) => CridException.InvalidArgument($"{field} {problem}");
}
