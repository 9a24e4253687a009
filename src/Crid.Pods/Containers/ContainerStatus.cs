using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>What changes of a container.</summary>
public sealed record ContainerStatus
{
    private const int StartErrorCode = 128;

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

    /// <summary>The images that the names in the spec's mounts meant, in the order of the mounts; null for none.</summary>
    public IReadOnlyList<ImageId>? VolumeImages { get; init; }

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

    /// <summary>What an update that is under way makes of the resources; null while none is. A start after a crash takes it back.</summary>
    public ResourcesSpec? Updating { get; init; }

    /// <summary>The OCI runtime has made the process, which may have ended meanwhile.</summary>
    internal ContainerStatus WithProcess(CreatedContainer created) => this with
    {
        Pid = created.Pid,
        StartTimeTicks = created.StartTimeTicks,
        User = created.User,
        CgroupPath = created.CgroupPath,
    };

    /// <summary>The user's program runs; where its end was seen first, that stands.</summary>
    internal ContainerStatus ToStarted(DateTimeOffset startedAt) => State switch
    {
        ContainerState.Created => this with { State = ContainerState.Running, StartedAt = startedAt },
        ContainerState.Exited when StartedAt is null && FinishedAt is DateTimeOffset end =>
            this with { StartedAt = startedAt < end ? startedAt : end },
        _ => throw Refuse(ContainerState.Running),
    };

    /// <summary>The user's program could not be started: code 128, as the other runtimes report it.</summary>
    internal ContainerStatus ToStartError(DateTimeOffset finishedAt, string message) =>
        State == ContainerState.Created || (State == ContainerState.Exited && StartedAt is null)
            ? this with
            {
                State = ContainerState.Exited,
                FinishedAt = FinishedAt ?? finishedAt,
                ExitCode = StartErrorCode,
                Reason = "StartError",
                Message = message,
            }
            : throw Refuse(ContainerState.Exited);

    /// <summary>The process has ended; an end that is known already stands.</summary>
    internal ContainerStatus ToExited(ContainerExit exit) => State == ContainerState.Exited
        ? this
        : this with
        {
            State = ContainerState.Exited,
            FinishedAt = exit.FinishedAt,
            ExitCode = exit.ExitCode,
            Reason = exit.Reason,
            Message = exit.Message,
        };

    /// <exception cref="CridException">FailedPrecondition: it is in another state.</exception>
    internal void Require(ContainerState state, string doing)
    {
        if (State != state)
        {
            throw CridException.FailedPrecondition($"{doing}: the container is {Name(State)}, not {Name(state)}");
        }
    }

    private static string Name(ContainerState state) => state.ToString().ToLowerInvariant();

    private CridException Refuse(ContainerState next) =>
        CridException.FailedPrecondition($"a container that is {Name(State)} can't become {Name(next)}");
}
