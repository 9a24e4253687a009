using System.Text;
using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.HostTests;

/// <summary>Clients that attach to containers.</summary>
public sealed class KeeperAttachTests
{
    [Fact]
    public async Task Attach_BothOutputsAndStdin_AreTheContainers()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        await lab.RunAsync(lab.Prepare("c1", "read a; echo out $a; echo err $a >&2; exit 4") with { Stdin = true });
        using AttachedPipe stdout = new(lab.Loop);
        using AttachedPipe stderr = new(lab.Loop);

        using SafeFileHandle? stdin = await AttachAsync(lab, "c1", stdin: true, stdout, stderr);
        Write(stdin, "words\n");

        Assert.Equal("out words\n", await stdout.ReadToEndAsync());
        Assert.Equal("err words\n", await stderr.ReadToEndAsync());
        Assert.Equal(4, (await lab.WaitForExitAsync("c1")).ExitStatus);
        Assert.Equal(["stderr F err words", "stdout F out words"], lab.ReadLogLines("c1").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Attach_WithoutLogFile_WorksWhereTheRequestSaysSo()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        await lab.RunAsync(lab.Prepare("c1", "read a; echo $a") with { Stdin = true, LogPath = null, Attachable = true });
        await lab.RunAsync(lab.Prepare("c2", "sleep 600") with { LogPath = null });
        using AttachedPipe stdout = new(lab.Loop);

        using SafeFileHandle? stdin = await AttachAsync(lab, "c1", stdin: true, stdout);
        Write(stdin, "words\n");

        Assert.Equal("words\n", await stdout.ReadToEndAsync());
        Assert.Equal(ErrorKind.FailedPrecondition, (await FailureAsync(lab, "c2")).Kind);
    }

    [Fact]
    public async Task Attach_ManyClients_EachSeesTheOutputAndTheirNumberIsBounded()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        await lab.RunAsync(lab.Prepare("c1", "read a; echo $a") with { Stdin = true });
        AttachedPipe[] clients = [.. Enumerable.Range(0, AttachRequest.MaxClients).Select(_ => new AttachedPipe(lab.Loop))];
        foreach (AttachedPipe client in clients)
        {
            Assert.Null(await AttachAsync(lab, "c1", stdin: false, client));
        }

        CridException tooMany = await FailureAsync(lab, "c1");
        clients[0].Dispose();
        using AttachedPipe last = new(lab.Loop);
        // Its end is noticed without any output.
        SafeFileHandle? stdin = null;
        await Eventually.TrueAsync(async () => (stdin = await TryAttachAsync(lab, last)) is not null, "the place of the client that left is free");
        Write(stdin, "words\n");

        Assert.Equal(ErrorKind.ResourceExhausted, tooMany.Kind);
        foreach (AttachedPipe client in clients[1..].Append(last))
        {
            Assert.Equal("words\n", await client.ReadToEndAsync());
            client.Dispose();
        }

        stdin!.Dispose();
    }

    [Fact]
    public async Task Attach_ClientThatReadsNothing_DoesNotSlowTheContainer()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        await lab.RunAsync(lab.Prepare("c1", "read a; busybox seq 1 200000") with { Stdin = true });
        using AttachedPipe stalled = new(lab.Loop);

        using SafeFileHandle? stdin = await AttachAsync(lab, "c1", stdin: true, stalled);
        Write(stdin, "\n");
        await lab.WaitForExitAsync("c1");
        string seen = await stalled.ReadToEndAsync();

        Assert.Equal(Enumerable.Range(1, 200000).Select(number => $"stdout F {number}"), lab.ReadLogLines("c1"));
        Assert.StartsWith("1\n2\n3\n", seen, StringComparison.Ordinal);
        Assert.InRange(seen.Length, 64 << 10, 1 << 20); // What its pipe had room for.
    }

    [Fact]
    public async Task Attach_Terminal_ShowsAndTakesWhatIsTyped()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        await lab.RunAsync(lab.Prepare("c1", "read a; echo got $a; exit 6", terminal: true));
        using AttachedPipe stdout = new(lab.Loop);

        using SafeFileHandle? master = await AttachAsync(lab, "c1", stdin: false, stdout);
        Write(master, "words\n");

        Assert.Equal("words\r\ngot words\r\n", await stdout.ReadToEndAsync());
        Assert.Equal(6, (await lab.WaitForExitAsync("c1")).ExitStatus);
    }

    [Fact]
    public async Task Attach_UnknownOrEnded_IsNotFoundOrFailedPrecondition()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        await lab.RunAsync(lab.Prepare("c1", "true"));
        await lab.WaitForExitAsync("c1");

        Assert.Equal(ErrorKind.FailedPrecondition, (await FailureAsync(lab, "c1")).Kind);
        Assert.Equal(ErrorKind.NotFound, (await FailureAsync(lab, "unknown")).Kind);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task CloseStdin_StdinOnce_ContainerReadsTheEnd(bool restart)
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        CreateRequest request = lab.Prepare("c1", "busybox cat; echo end") with { Stdin = true, StdinOnce = true };
        await lab.RunAsync(request);
        using SafeFileHandle? stdin = await AttachAsync(lab, "c1", stdin: true);
        Write(stdin, "first\n");

        await lab.Client.CloseStdinAsync("c1", TestContext.Current.CancellationToken);
        Assert.Null(await AttachAsync(lab, "c1", stdin: true)); // Closed for good.
        if (restart)
        {
            await lab.Process.TerminateAsync();
            lab.StartKeeper();
            Assert.Single(await lab.Client.ListAsync(TestContext.Current.CancellationToken));
        }

        Write(stdin, "second\n"); // Whoever had it open before may finish.
        stdin!.Dispose();
        await lab.Client.CloseStdinAsync("c1", TestContext.Current.CancellationToken);

        Assert.Contains((await lab.WaitForExitAsync("c1")).ExitStatus, restart ? LabMachine.ExitsOfOrphan(0) : [0]);
        Assert.Equal(["stdout F first", "stdout F second", "stdout F end"], lab.ReadLogLines("c1"));
    }

    [Fact]
    public async Task CloseStdin_StaysOpenOrUnknown_IsRefused()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        await lab.RunAsync(lab.Prepare("c1", "sleep 600") with { Stdin = true });
        await lab.RunAsync(lab.Prepare("c2", "sleep 600"));

        CridException open = await Assert.ThrowsAsync<CridException>(() => lab.Client.CloseStdinAsync("c1", TestContext.Current.CancellationToken));
        CridException unknown = await Assert.ThrowsAsync<CridException>(() => lab.Client.CloseStdinAsync("c0", TestContext.Current.CancellationToken));
        await lab.Client.CloseStdinAsync("c2", TestContext.Current.CancellationToken);

        Assert.Equal((ErrorKind.FailedPrecondition, ErrorKind.NotFound), (open.Kind, unknown.Kind));
    }

    [Fact]
    public async Task Exec_WithScore_CommandAndProcessHaveIt()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        string pidFile = $"{lab.Directories.Run}/e1.pid";
        ExecRequest request = new()
        {
            Id = "e1",
            Command = ["/bin/sh", "-c", $"sleep 0.1; sleep 600 & echo $! > {pidFile}"],
            BundleDirectory = "/",
            PidFile = pidFile,
            OomScoreAdjust = 765,
        };

        SpawnResult spawned = await lab.Client.ExecAsync(request, TestContext.Current.CancellationToken);
        int? score = OutOfMemoryScore.Find(spawned.Pid);
        LabCleanup.Kill(spawned.Pid);

        Assert.Equal(765, score);
        Assert.Equal(137, (await lab.WaitForExitAsync("e1")).ExitStatus);
    }

    private static async Task<SafeFileHandle?> AttachAsync(
        KeeperLab lab, string id, bool stdin, AttachedPipe? stdout = null, AttachedPipe? stderr = null)
    {
        AttachRequest request = new() { Id = id, Stdin = stdin, Stdout = stdout?.Writer, Stderr = stderr?.Writer };
        SafeFileHandle? input = await lab.Client.AttachAsync(request, TestContext.Current.CancellationToken);
        stdout?.Writer.Dispose();
        stderr?.Writer.Dispose();
        return input;
    }

    private static async Task<SafeFileHandle?> TryAttachAsync(KeeperLab lab, AttachedPipe pipe)
    {
        try
        {
            return await AttachAsync(lab, "c1", stdin: true, pipe);
        }
        catch (CridException e) when (e.Kind == ErrorKind.ResourceExhausted)
        {
            return null;
        }
    }

    private static Task<CridException> FailureAsync(KeeperLab lab, string id) =>
        Assert.ThrowsAsync<CridException>(() => AttachAsync(lab, id, stdin: true));

    private static void Write(SafeFileHandle? file, string text) =>
        Assert.Equal(text.Length, Descriptor.TryWrite(Assert.IsType<SafeFileHandle>(file), Encoding.UTF8.GetBytes(text), out _));
}
