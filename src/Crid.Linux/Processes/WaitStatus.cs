namespace Crid.Linux;

/// <summary>The status word of wait(2).</summary>
public static class WaitStatus
{
    /// <summary>The exit code, or 128 + signal.</summary>
    public static int ToExitStatus(int status)
    {
        int signal = status & 0x7F;
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal;
    }
}
