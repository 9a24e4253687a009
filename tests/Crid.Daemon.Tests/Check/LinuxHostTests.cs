using System.Net.Sockets;
using Crid.Linux;

namespace Crid.Daemon.Tests;

public sealed class LinuxHostTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("crid-host-");
    private readonly EventLoop _loop = new();
    private readonly LinuxHost _host;

    public LinuxHostTests() => _host = new LinuxHost(new ProgramRunner(_loop, TimeProvider.System), TimeProvider.System);

    public void Dispose()
    {
        _loop.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public void ProbeSocket_EachState_IsRecognised()
    {
        string path = $"{_directory.FullName}/sock";
        string file = $"{_directory.FullName}/file";
        File.WriteAllText(file, "");
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        SocketState before = _host.ProbeSocket(path);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        SocketState stale = _host.ProbeSocket(path);
        listener.Listen();
        SocketState listening = _host.ProbeSocket(path);

        Assert.Equal((SocketState.Absent, SocketState.Stale, SocketState.Listening), (before, stale, listening));
        Assert.Equal(SocketState.NotASocket, _host.ProbeSocket(file));
        Assert.Equal(SocketState.NotASocket, _host.ProbeSocket(_directory.FullName));
    }

    [Fact]
    public void GetFileSystem_PathThatDoesNotExist_TellsAboutTheDirectoryAbove()
    {
        HostFileSystem disk = _host.GetFileSystem($"{_directory.FullName}/a/b");

        Assert.NotEmpty(disk.Type);
        Assert.InRange(disk.AvailableBytes, 0, disk.TotalBytes);
    }

    [Fact]
    public async Task GetVersionAsync_NotAProgram_IsNull()
    {
        Assert.Null(await _host.GetVersionAsync($"{_directory.FullName}/none", CancellationToken.None));
    }

    [Fact]
    public void ReadText_FileThatIsAbsent_IsNull()
    {
        Assert.Null(_host.ReadText($"{_directory.FullName}/none"));
        Assert.NotEmpty(_host.ReadText("/proc/sys/kernel/osrelease")!);
    }

    [Fact]
    public void GetKernelFeatures_AnyKernelThatRunsTheseTests_HasPidfd()
    {
        Assert.True(_host.GetKernelFeatures().HasPidfd);
    }
}
