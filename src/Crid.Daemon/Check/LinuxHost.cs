using System.Net.Sockets;
using System.Text;
using Crid.Core;
using Crid.Linux;
using Crid.Networking;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;

namespace Crid.Daemon;

/// <summary>The machine that this process runs on.</summary>
internal sealed class LinuxHost(IProgramRunner programs, TimeProvider time) : IHost
{
    private static readonly TimeSpan VersionTimeout = TimeSpan.FromSeconds(10);

    public string? ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public bool Exists(string path) => Path.Exists(path);

    public UnixFileMode? GetMode(string directory) => Directory.Exists(directory) ? File.GetUnixFileMode(directory) : null;

    public string? FindProgram(string pathOrName) => InstalledPrograms.Find(pathOrName);

    public KernelFeatures GetKernelFeatures() => KernelFeatures.Probe();

    public CgroupLayout GetCgroups() => CgroupLayout.Detect();

    public HostFileSystem GetFileSystem(string path)
    {
        string existing = path;
        while (!Directory.Exists(existing))
        {
            existing = Path.GetDirectoryName(existing) ?? "/";
        }

        DriveInfo drive = new(existing);
        return new HostFileSystem(drive.DriveFormat, drive.TotalSize, drive.AvailableFreeSpace);
    }

    public SocketState ProbeSocket(string path)
    {
        if (!Path.Exists(path))
        {
            return SocketState.Absent;
        }

        using SafeFileHandle directory = FileAt.OpenDirectory(Path.GetDirectoryName(path) ?? "/");
        if (FileMetadata.FindStatus(directory, Encoding.UTF8.GetBytes(Path.GetFileName(path)))?.Kind != FileKind.Socket)
        {
            return SocketState.NotASocket;
        }

        try
        {
            using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return SocketState.Listening;
        }
        catch (SocketException)
        {
            return SocketState.Stale;
        }
    }

    public async Task<string?> GetVersionAsync(string program, CancellationToken cancellationToken)
    {
        try
        {
            ProgramRequest request = new() { Path = program, Arguments = ["--version"], Timeout = VersionTimeout };
            ProgramResult result = await programs.RunAsync(request, cancellationToken);
            return result.ExitStatus == 0 ? Encoding.UTF8.GetString(result.Output).Split('\n')[0].Trim() : null;
        }
        catch (CridException)
        {
            return null;
        }
    }

    public async Task<NetworkStatus> GetNetworkStatusAsync(NetworkOptions options, CancellationToken cancellationToken)
    {
        using PodNetwork network = new(options, programs, NullLogger<PodNetwork>.Instance, time);
        await network.StartAsync(cancellationToken);
        return network.GetStatus();
    }
}
