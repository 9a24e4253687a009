using Crid.Linux;
using Crid.Networking;

namespace Crid.Daemon;

/// <summary>What checks read of the machine. Nothing here changes anything.</summary>
internal interface IHost
{
    /// <summary>The text of a small file without surrounding blanks; null where it is absent or not readable.</summary>
    string? ReadText(string path);

    /// <summary>Whether a file or directory is there.</summary>
    bool Exists(string path);

    /// <summary>The permissions of a directory; null where it is absent.</summary>
    UnixFileMode? GetMode(string directory);

    /// <summary>The absolute path of a program given by path or name; null where it is not installed.</summary>
    string? FindProgram(string pathOrName);

    KernelFeatures GetKernelFeatures();

    CgroupLayout GetCgroups();

    /// <summary>The file system of a path, or of the nearest directory above it that exists.</summary>
    HostFileSystem GetFileSystem(string path);

    SocketState ProbeSocket(string path);

    /// <summary>The first line that a program prints about its version; null where it can't be run.</summary>
    Task<string?> GetVersionAsync(string program, CancellationToken cancellationToken);

    /// <summary>What the pod network says with this configuration.</summary>
    Task<NetworkStatus> GetNetworkStatusAsync(NetworkOptions options, CancellationToken cancellationToken);
}
