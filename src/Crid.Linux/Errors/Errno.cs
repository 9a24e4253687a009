namespace Crid.Linux;

/// <summary>The error numbers that callers of this project tell apart: errno(3).</summary>
public static class Errno
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Exists = 17;
    public const int NotSupported = 95;
}
