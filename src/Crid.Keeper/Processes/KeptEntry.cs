using Crid.Keeper.Protocol;
using Crid.Linux;

namespace Crid.Keeper;

/// <summary>What the keeper knows of one process; belongs to the control thread.</summary>
internal sealed class KeptEntry(string id, string pidFile, IoSettings? ioSettings)
{
    internal string Id => id;

    internal string PidFile => pidFile;

    /// <summary>Null for an exec, whose stdio are its caller's.</summary>
    internal IoSettings? IoSettings { get; set; } = ioSettings;

    internal KeptPhase Phase { get; set; } = KeptPhase.Creating;

    internal int Pid { get; set; }

    internal ulong StartTimeTicks { get; set; }

    /// <summary>The command that makes the process, while <see cref="KeptPhase.Creating"/>.</summary>
    internal int CommandPid { get; set; }

    internal ulong CommandStartTimeTicks { get; set; }

    internal ProcessExit? Exit { get; set; }

    internal ContainerIo? Io { get; set; }

    /// <summary>A process that is no child of this keeper, as after a keeper was killed: watched by its pidfd.</summary>
    internal ProcessHandle? Foreign { get; set; }

    internal ulong ForeignToken { get; set; }

    /// <summary>Forgotten while it still ran: to be dropped when it ends.</summary>
    internal bool IsForgotten { get; set; }

    internal KeptProcess ToKeptProcess() => new(Id, Pid, StartTimeTicks, Exit);
}
