using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper.Protocol;

/// <summary>An OCI runtime's <c>exec --detach</c>; its process's stdio are the caller's descriptors, so no data passes through the keeper.</summary>
public sealed record ExecRequest
{
    /// <summary>The id that the process is kept under, unique among all kept ones.</summary>
    public required string Id { get; init; }

    /// <summary>argv of the OCI runtime; the first element is its absolute path.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    public required string BundleDirectory { get; init; }

    public required string PidFile { get; init; }

    /// <summary>Standard input, output and error; null for /dev/null. The caller keeps its own copies and disposes them.</summary>
    public SafeFileHandle? Stdin { get; init; }

    public SafeFileHandle? Stdout { get; init; }

    public SafeFileHandle? Stderr { get; init; }

    /// <summary>
    /// oom_score_adj of the command and so of the process that it leaves; null for the keeper's own. One below the keeper's needs
    /// CAP_SYS_RESOURCE and is the keeper's without. A keeper of protocol version 1 ignores it.
    /// </summary>
    public int? OomScoreAdjust { get; init; }

    /// <summary>After this the command is killed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(4);
}
