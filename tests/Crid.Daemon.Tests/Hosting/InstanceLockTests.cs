using System.Net.Sockets;
using Crid.Core;

namespace Crid.Daemon.Tests;

public sealed class InstanceLockTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CridDirectories _directories;

    public InstanceLockTests() => _directories = new CridDirectories($"{_directory.Path}/root", _directory.Path);

    [Fact]
    public void Acquire_HeldByAnother_IsRefusedWithItsPid()
    {
        using InstanceLock first = InstanceLock.Acquire(_directories);

        CridException exception = Assert.Throws<CridException>(() => InstanceLock.Acquire(_directories));

        Assert.Equal(ErrorKind.AlreadyExists, exception.Kind);
        Assert.Contains($"already running (pid {Environment.ProcessId})", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Acquire_HeldByAnother_LeavesItsSocket()
    {
        using InstanceLock first = InstanceLock.Acquire(_directories);
        using Socket listener = Listen();

        Assert.Throws<CridException>(() => InstanceLock.Acquire(_directories));

        using Socket client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint(_directories.Socket));
        Assert.True(client.Connected);
    }

    [Fact]
    public void Acquire_SocketLeftBehind_RemovesIt()
    {
        File.WriteAllText(_directories.Socket, "");

        using InstanceLock instance = InstanceLock.Acquire(_directories);

        Assert.False(File.Exists(_directories.Socket));
        Assert.Equal($"{Environment.ProcessId}\n", File.ReadAllText(_directories.DaemonPid));
    }

    [Fact]
    public void Acquire_AfterTheOtherEnded_Succeeds()
    {
        InstanceLock.Acquire(_directories).Dispose();

        using InstanceLock second = InstanceLock.Acquire(_directories);

        Assert.True(File.Exists(_directories.DaemonPid));
    }

    public void Dispose() => _directory.Dispose();

    private Socket Listen()
    {
        Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(_directories.Socket));
        listener.Listen();
        return listener;
    }
}
