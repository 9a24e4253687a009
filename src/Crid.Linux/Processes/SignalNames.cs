using System.Globalization;

namespace Crid.Linux;

/// <summary>Signal numbers of Linux (signal(7)) and the names that images and kubelet give them.</summary>
public static class SignalNames
{
    public const int Kill = 9;
    public const int Terminate = 15;

    // As the kernel counts: the C library keeps the first two for itself and calls 34 SIGRTMIN.
    private const int RealTimeMinimum = 34;
    private const int RealTimeMaximum = 64;
    private const int LastFromMinimum = RealTimeMinimum + 15;

    private static readonly string[] Names =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
        "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    /// <summary>Parses <c>SIGTERM</c>, <c>TERM</c>, <c>15</c>, <c>SIGRTMIN+3</c>, <c>RTMAX-1</c>; case does not matter.</summary>
    public static bool TryParse(string text, out int signal)
    {
        ArgumentNullException.ThrowIfNull(text);
        signal = 0;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            signal = number;
        }
        else
        {
            string name = text.ToUpperInvariant();
            name = name.StartsWith("SIG", StringComparison.Ordinal) ? name[3..] : name;
            signal = name switch
            {
                "IOT" => 6,
                "CLD" => 17,
                "POLL" => 29,
                _ => name.StartsWith("RT", StringComparison.Ordinal) ? ParseRealTime(name) : Array.IndexOf(Names, name, startIndex: 1),
            };
        }

        bool valid = signal is > 0 and <= RealTimeMaximum;
        signal = valid ? signal : 0;
        return valid;
    }

    /// <summary>The name with SIG in front; real-time signals from the end that is nearer, others as their number.</summary>
    /// <remarks>The CRI and shells know SIGRTMIN+1 to +15 and SIGRTMAX-14 to -1, no other distances.</remarks>
    public static string ToName(int signal)
    {
        if (signal > 0 && signal < Names.Length)
        {
            return $"SIG{Names[signal]}";
        }

        return signal switch
        {
            RealTimeMinimum => "SIGRTMIN",
            > RealTimeMinimum and <= LastFromMinimum => $"SIGRTMIN+{signal - RealTimeMinimum}",
            > LastFromMinimum and < RealTimeMaximum => $"SIGRTMAX-{RealTimeMaximum - signal}",
            RealTimeMaximum => "SIGRTMAX",
            _ => signal.ToString(CultureInfo.InvariantCulture),
        };
    }

    private static int ParseRealTime(string name)
    {
        const int PrefixLength = 5;
        if (name.Length < PrefixLength)
        {
            return -1;
        }

        int origin = name[..PrefixLength] switch { "RTMIN" => RealTimeMinimum, "RTMAX" => RealTimeMaximum, _ => -1 };
        ReadOnlySpan<char> rest = name.AsSpan(PrefixLength);
        if (origin < 0 || rest.IsEmpty)
        {
            return origin;
        }

        char sign = origin == RealTimeMinimum ? '+' : '-';
        if (rest[0] != sign || !int.TryParse(rest[1..], NumberStyles.None, CultureInfo.InvariantCulture, out int distance))
        {
            return -1;
        }

        int signal = sign == '+' ? origin + distance : origin - distance;
        return signal is >= RealTimeMinimum and <= RealTimeMaximum ? signal : -1;
    }
}
