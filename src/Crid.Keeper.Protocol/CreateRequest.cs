namespace Crid.Keeper.Protocol;

/// <summary>An OCI runtime's <c>create</c> and the stdio of the container that it makes.</summary>
public sealed record CreateRequest
{
    /// <summary>The id that the process is kept under: a container id, or the sandbox id of an infra process.</summary>
    public required string Id { get; init; }

    /// <summary>argv of the OCI runtime; the first element is its absolute path.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>The bundle; working directory of the command.</summary>
    public required string BundleDirectory { get; init; }

    /// <summary>Where the command leaves the pid of the process to keep.</summary>
    public required string PidFile { get; init; }

    /// <summary>An existing directory below /run/crid, mode 0700, in which the keeper makes the stdio FIFOs.</summary>
    public required string IoDirectory { get; init; }

    /// <summary>Absolute path of the CRI log file; null discards the output.</summary>
    public string? LogPath { get; init; }

    /// <summary>Content bytes after which a log line is split into partial ones.</summary>
    public int MaxLogLineBytes { get; init; } = 16384;

    /// <summary>The process gets a pty; <see cref="ConsoleSocket"/> is where the runtime sends its master.</summary>
    public bool Terminal { get; init; }

    /// <summary>Path of the console socket, which the keeper listens on before it runs the command.</summary>
    public string? ConsoleSocket { get; init; }

    public bool Stdin { get; init; }

    public bool StdinOnce { get; init; }

    /// <summary>Clients can attach even where nothing is logged; a keeper of protocol version 1 allows it only with a log file.</summary>
    public bool Attachable { get; init; }

    /// <summary>After this the command is killed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(4);
}
