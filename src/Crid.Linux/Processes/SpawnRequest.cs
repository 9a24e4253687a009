using Microsoft.Win32.SafeHandles;

namespace Crid.Linux;

/// <summary>A program to start: it gets its three standard files, the extra ones and nothing else of this process.</summary>
public sealed record SpawnRequest
{
    /// <summary>Absolute path of the executable.</summary>
    public required string Path { get; init; }

    /// <summary>argv, with the program's own name first.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary><c>NAME=value</c>; null for this process's own without NOTIFY_SOCKET and LISTEN_*.</summary>
    public IReadOnlyList<string>? Environment { get; init; }

    public string WorkingDirectory { get; init; } = "/";

    /// <summary>Null for /dev/null, as for the other two.</summary>
    public SafeFileHandle? StandardInput { get; init; }

    public SafeFileHandle? StandardOutput { get; init; }

    public SafeFileHandle? StandardError { get; init; }

    /// <summary>Descriptors 3 and up of the program.</summary>
    public IReadOnlyList<SafeFileHandle> ExtraFiles { get; init; } = [];

    /// <summary>The program leads a session of its own.</summary>
    public bool NewSession { get; init; }

    /// <summary>The program leads a process group of its own.</summary>
    public bool NewProcessGroup { get; init; }
}
