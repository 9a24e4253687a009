using Microsoft.Win32.SafeHandles;

namespace Crid.Runtimes;

/// <summary>What a process that is run in a container gets for its stdio: descriptors (null for /dev/null), or a terminal.</summary>
internal sealed record ExecStdio : IDisposable
{
    public SafeFileHandle? Stdin { get; init; }

    public SafeFileHandle? Stdout { get; init; }

    public SafeFileHandle? Stderr { get; init; }

    /// <summary>Where the runtime sends the master of the process's pty; null without a terminal.</summary>
    public string? ConsoleSocket { get; init; }

    public void Dispose()
    {
        Stdin?.Dispose();
        Stdout?.Dispose();
        Stderr?.Dispose();
    }
}
