namespace Crid.Linux;

/// <summary>A program to run to its end: no shell, an argument list, a timeout and an output cap.</summary>
public sealed record ProgramRequest
{
    /// <summary>Absolute path of the executable.</summary>
    public required string Path { get; init; }

    /// <summary>The arguments after argv[0].</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The whole environment; null for this process's own without NOTIFY_SOCKET and LISTEN_*.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    public string WorkingDirectory { get; init; } = "/";

    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>After this the process is killed and the run fails with DeadlineExceeded.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Bytes of standard output and of standard error that are kept; what exceeds it is read and dropped.</summary>
    public int OutputLimit { get; init; } = 4 << 20;
}
