namespace Crid.Runtimes;

/// <summary>Exit statuses with a meaning of their own.</summary>
internal static class ProcessExitStatus
{
    /// <summary>Nobody can tell how the process ended.</summary>
    public const int Unknown = 255;
}
