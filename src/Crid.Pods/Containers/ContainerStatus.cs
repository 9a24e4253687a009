using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>What changes of a container.</summary>
public sealed record ContainerStatus
{
    public required ContainerState State { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Null until started.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Null until exited.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>0 to 255; 128 + signal where a signal ended it, 255 where it can't be known.</summary>
    public int ExitCode { get; init; }

    /// <summary>Completed, Error, OOMKilled, StartError, Unknown; empty until exited.</summary>
    public string Reason { get; init; } = "";

    public string Message { get; init; } = "";

    /// <summary>The image that the spec's name meant when the container was made.</summary>
    public required ImageId ImageId { get; init; }

    public int Pid { get; init; }

    public ulong StartTimeTicks { get; init; }

    public ResolvedUser? User { get; init; }

    /// <summary>The stop signal that is in force, for example SIGTERM.</summary>
    public string StopSignal { get; init; } = "SIGTERM";

    /// <summary>Absolute path of the log; empty where output is discarded.</summary>
    public string LogPath { get; init; } = "";

    public string CgroupPath { get; init; } = "";

    /// <summary>Resources as last set.</summary>
    public ResourcesSpec? Resources { get; init; }
}
