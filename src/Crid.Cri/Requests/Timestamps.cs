namespace Crid.Cri;

/// <summary>Times as the CRI has them: nanoseconds since 1970, 0 for never.</summary>
internal static class Timestamps
{
    public static long ToNanoseconds(DateTimeOffset? time) =>
        time is null ? 0 : (time.GetValueOrDefault() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
}
