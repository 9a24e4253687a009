using System.Net.Sockets;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Crid.Linux.Tests;

public sealed class ServiceManagerSocketTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("crid-notify-").FullName;

    private Socket? _listening;

    public void Dispose()
    {
        _listening?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TrySend_StateAndFile_Arrive(bool isAbstract)
    {
        string path = isAbstract ? $"@crid-test-{Guid.NewGuid():N}" : $"{_directory}/socket";
        using UnixSocket manager = Bind(path);
        using ServiceManagerSocket socket = new(path);
        PipeEnds pipe = Descriptor.CreatePipe();
        using SafeFileHandle reader = pipe.Reader;

        Assert.True(socket.TrySend("FDSTORE=1", pipe.Writer));
        pipe.Writer.Dispose();
        byte[] buffer = new byte[100];
        List<SafeFileHandle> files = [];
        int count = manager.TryReceive(buffer, files);

        using SafeFileHandle file = Assert.Single(files);
        Assert.Equal("FDSTORE=1", Encoding.UTF8.GetString(buffer, 0, count));
        Assert.Equal(1, Descriptor.TryWrite(file, "x"u8, out _));
        Assert.Equal(1, Descriptor.TryRead(reader, buffer));
    }

    [Fact]
    public void TrySend_ManagerReadsNothing_IsTriedAgainLater()
    {
        using UnixSocket manager = Bind($"{_directory}/socket");
        using ServiceManagerSocket socket = new($"{_directory}/socket");

        int sent = 0;
        while (socket.TrySend("READY=1"))
        {
            sent++;
        }

        byte[] buffer = new byte[100];
        Assert.InRange(sent, 1, 100_000);
        Assert.True(manager.TryReceive(buffer, []) > 0);
        Assert.True(socket.TrySend("READY=1"));
    }

    [Fact]
    public void TrySend_ManagerListensAnew_ReachesIt()
    {
        using ServiceManagerSocket socket = new($"{_directory}/socket");
        using (Bind($"{_directory}/socket"))
        {
            Assert.True(socket.TrySend("READY=1"));
        }

        _listening!.Dispose();
        Assert.Throws<LinuxException>(() => socket.TrySend("READY=1"));
        using UnixSocket next = Bind($"{_directory}/socket");

        Assert.True(socket.TrySend("READY=1"));
        Assert.True(next.TryReceive(new byte[100], []) > 0);
    }

    [Theory]
    [InlineData(null, "1")]
    [InlineData("1", "1")]
    [InlineData("own", null)]
    [InlineData("own", "many")]
    [InlineData("own", "100000000")]
    public void Take_NotForThisProcess_IsNothing(string? pid, string? count)
    {
        string? Find(string name) => name switch
        {
            "LISTEN_PID" => pid == "own" ? $"{Environment.ProcessId}" : pid,
            "LISTEN_FDS" => count,
            _ => null,
        };

        Assert.Empty(ListenFiles.Take(Find));
    }

    private UnixSocket Bind(string path)
    {
        // Its file goes with it, so it lives as long as the test.
        Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        _listening = socket;
        socket.Bind(new UnixDomainSocketEndPoint(path[0] == '@' ? $"\0{path[1..]}" : path));
        using SafeFileHandle borrowed = new(socket.Handle, ownsHandle: false);
        return new UnixSocket(Descriptor.Duplicate(borrowed));
    }
}
