using System.Text;
using Crid.Core;

namespace Crid.Linux.Tests;

public sealed class ProcessSpawnerTests : IDisposable
{
    private readonly EventLoop _loop = new();

    public void Dispose() => _loop.Dispose();

    [Fact]
    public async Task Spawn_OpenFiles_AreOnlyThoseGiven()
    {
        using FileStream leaked = new("/etc/passwd", FileMode.Open, FileAccess.Read);

        string output = await RunAsync("ls /proc/self/fd | wc -l");

        // 0, 1, 2 and the directory that ls reads.
        Assert.Equal("4\n", output);
    }

    [Fact]
    public async Task Spawn_Signals_AreDefaultAndUnblocked()
    {
        string output = await RunAsync("grep -E '^Sig(Blk|Ign)' /proc/self/status | tr -s '\\t\\n' ' '");

        Assert.Equal("SigBlk: 0000000000000000 SigIgn: 0000000000000000 ", output);
    }

    [Fact]
    public async Task Spawn_NewSession_LeadsIt()
    {
        string output = await RunAsync("cut -d ' ' -f 1,6 /proc/$$/stat | awk '{ print $1 == $2 }'", request => request with { NewSession = true });

        Assert.Equal("1\n", output);
    }

    [Fact]
    public async Task Spawn_ExtraFiles_AreNumberedFromThree()
    {
        PipeEnds extra = Descriptor.CreatePipe();
        using DescriptorReader reader = new(_loop, extra.Reader);

        string output = await RunAsync("echo over three >&3", request => request with { ExtraFiles = [extra.Writer] });
        extra.Writer.Dispose();

        Assert.Empty(output);
        Assert.Equal("over three\n", await ReadAllAsync(reader));
    }

    [Fact]
    public void Spawn_ArgumentWithNul_IsInvalidArgument()
    {
        CridException failure = Assert.Throws<CridException>(() => ProcessSpawner.Spawn(new SpawnRequest { Path = "/bin/true", Arguments = ["a\0b"] }));

        Assert.Equal(ErrorKind.InvalidArgument, failure.Kind);
    }

    private async Task<string> RunAsync(string script, Func<SpawnRequest, SpawnRequest>? change = null)
    {
        PipeEnds output = Descriptor.CreatePipe();
        using DescriptorReader reader = new(_loop, output.Reader);
        SpawnRequest request = new() { Path = "/bin/sh", Arguments = ["sh", "-c", script], StandardOutput = output.Writer };
        using ProcessHandle handle = ProcessHandle.Open(ProcessSpawner.Spawn(change is null ? request : change(request)));
        output.Writer.Dispose();
        string text = await ReadAllAsync(reader);
        await handle.WaitForExitAsync(_loop, TestContext.Current.CancellationToken);
        Assert.Equal(0, handle.TryReap()?.ExitStatus);
        return text;
    }

    private static async Task<string> ReadAllAsync(DescriptorReader reader)
    {
        StringBuilder text = new();
        byte[] buffer = new byte[1000];
        while (await reader.ReadAsync(buffer, TestContext.Current.CancellationToken) is int count and > 0)
        {
            text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }

        return text.ToString();
    }
}
