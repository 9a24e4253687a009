namespace Crid.Pods;

/// <summary>Times and facts of the machine; the defaults are right for a node.</summary>
public sealed record PodsOptions
{
    /// <summary>How long an operation may take; it does not end when its caller leaves.</summary>
    public TimeSpan OperationTimeout { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>How long each undo step of a failed operation may take.</summary>
    public TimeSpan UndoTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a process may take to end after SIGKILL before a stop is reported as failed.</summary>
    public TimeSpan KillTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the keeper has to report an exit that the kernel has already shown.</summary>
    public TimeSpan ExitReportTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long operations in flight are waited for when the service closes.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What the kernel calls this boot: processes and mounts of another boot are gone.</summary>
    public required string BootId { get; init; }

    /// <summary>Options with the facts of this machine.</summary>
    public static PodsOptions ForThisMachine() => new()
    {
        BootId = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim(),
    };
}
