namespace Crid.Cli;

/// <summary>Sizes, times and ids as people read them.</summary>
internal static class HumanFormat
{
    private const int ShortIdLength = 13;
    private static readonly string[] SizeUnits = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

    /// <summary>Bytes in decimal units with three significant digits: <c>4.26 MB</c>.</summary>
    public static string Size(ulong bytes)
    {
        double value = bytes;
        int unit = 0;
        while (value >= 999.5 && unit < SizeUnits.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        string number = unit == 0 || value >= 99.95 ? value.ToString("F0") : value >= 9.995 ? value.ToString("F1") : value.ToString("F2");
        return $"{number} {SizeUnits[unit]}";
    }

    /// <summary>How long ago, in the largest unit that gives at least two, or one of the smallest: <c>5 minutes ago</c>.</summary>
    public static string Ago(DateTimeOffset then, DateTimeOffset now)
    {
        TimeSpan age = now - then;
        return age < TimeSpan.FromSeconds(1) ? "now" : Duration(age) + " ago";
    }

    public static string Duration(TimeSpan span) => span switch
    {
        { TotalSeconds: < 120 } => Count((long)span.TotalSeconds, "second"),
        { TotalMinutes: < 120 } => Count((long)span.TotalMinutes, "minute"),
        { TotalHours: < 48 } => Count((long)span.TotalHours, "hour"),
        { TotalDays: < 14 } => Count((long)span.TotalDays, "day"),
        { TotalDays: < 60 } => Count((long)(span.TotalDays / 7), "week"),
        { TotalDays: < 730 } => Count((long)(span.TotalDays / 30.4), "month"),
        _ => Count((long)(span.TotalDays / 365.25), "year"),
    };

    /// <summary>The first 13 characters, without the name of a digest's algorithm.</summary>
    public static string ShortId(string id)
    {
        string hex = id[(id.IndexOf(':', StringComparison.Ordinal) + 1)..];
        return hex.Length <= ShortIdLength ? hex : hex[..ShortIdLength];
    }

    /// <summary>The CRI counts nanoseconds since 1970.</summary>
    public static DateTimeOffset FromNanoseconds(long nanoseconds) => DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick);

    private static string Count(long count, string unit) => count == 1 ? $"1 {unit}" : $"{count} {unit}s";
}
