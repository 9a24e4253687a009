using System.Text;
using Crid.Linux;

namespace Crid.HostTests;

/// <summary>How crun is started: through a read-only mount of its own. Busybox takes its part, and becomes what its argv[0] says.</summary>
public sealed class ReadOnlyProgramTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("crid-read-only-").FullName;
    private readonly EventLoop _loop = new();

    public void Dispose()
    {
        _loop.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Spawn_Crun_CannotBeWrittenThroughItsProcess()
    {
        File.Copy("/bin/busybox", $"{_directory}/crun");
        File.Copy("/bin/busybox", $"{_directory}/other");

        Assert.Contains("Read-only file system", await RunAsync("crun", "sh", "-c", "echo > /proc/$$/exe"), StringComparison.Ordinal);
        Assert.Contains("Text file busy", await RunAsync("other", "sh", "-c", "echo > /proc/$$/exe"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Spawn_CrunThatWasReplaced_IsTheNewOne()
    {
        File.Copy("/bin/busybox", $"{_directory}/crun");
        Assert.Equal("before\n", await RunAsync("crun", "echo", "before"));

        File.Copy("/bin/true", $"{_directory}/new");
        File.Move($"{_directory}/new", $"{_directory}/crun", overwrite: true);

        Assert.Equal("", await RunAsync("crun", "echo", "after"));
    }

    [Fact]
    public async Task Spawn_ScriptNamedCrun_FindsItself()
    {
        File.WriteAllText($"{_directory}/crun", "#!/bin/sh\necho $0 $1\n");
        File.SetUnixFileMode($"{_directory}/crun", UnixFileMode.UserRead | UnixFileMode.UserExecute);

        Assert.Equal($"{_directory}/crun argument\n", await RunAsync("crun", "crun", "argument"));
    }

    [Fact]
    public void Spawn_NoCrun_IsTheKernelsError()
    {
        LinuxException failure = Assert.Throws<LinuxException>(() => ProcessSpawner.Spawn(new SpawnRequest { Path = $"{_directory}/crun", Arguments = ["crun"] }));

        Assert.Equal(2, failure.Errno);
    }

    private async Task<string> RunAsync(string program, params string[] arguments)
    {
        PipeEnds output = Descriptor.CreatePipe();
        using DescriptorReader reader = new(_loop, output.Reader);
        int pid = ProcessSpawner.Spawn(new SpawnRequest
        {
            Path = $"{_directory}/{program}",
            Arguments = arguments,
            StandardOutput = output.Writer,
            StandardError = output.Writer,
        });
        output.Writer.Dispose();
        byte[] buffer = new byte[4096];
        int length = 0;
        while (await reader.ReadAsync(buffer.AsMemory(length), CancellationToken.None) is int count and > 0)
        {
            length += count;
        }

        using ProcessHandle process = ProcessHandle.Open(pid);
        await process.WaitForExitAsync(_loop, CancellationToken.None);
        process.TryReap();
        return Encoding.UTF8.GetString(buffer, 0, length);
    }
}
