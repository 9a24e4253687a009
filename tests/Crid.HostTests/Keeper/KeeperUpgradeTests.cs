using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.HostTests;

/// <summary>The keeper's program is replaced while it runs.</summary>
public sealed class KeeperUpgradeTests
{
    [Fact]
    public async Task Reload_OutputWhileItHappens_IsLoggedOnceAndInOrder()
    {
        const int Reloads = 3;
        await using KeeperLab lab = await KeeperLab.StartAsync(ownProgram: true);
        string[] loggers = ["c1", "c2", "c3"];
        foreach (string id in loggers)
        {
            await lab.RunAsync(lab.Prepare(id, "i=0; while [ ! -e /stop ]; do i=$((i + 1)); echo number $i; done; echo total $i; exit 9"));
        }

        int pid = lab.Process.Pid;
        for (int i = 0; i < Reloads; i++)
        {
            await ReloadAsync(lab);
        }

        foreach (string id in loggers)
        {
            await File.WriteAllTextAsync($"{lab.BundleOf(id)}/rootfs/stop", "", Token);
            Assert.Equal(9, (await lab.WaitForExitAsync(id)).ExitStatus);
            string[] lines = lab.ReadLogLines(id);
            Assert.Equal($"stdout F total {lines.Length - 1}", lines[^1]);
            Assert.Equal(Enumerable.Range(1, lines.Length - 1).Select(number => $"stdout F number {number}"), lines[..^1]);
        }

        Assert.Equal(pid, lab.Process.Pid);
        Assert.False(lab.Process.HasExited);
        Assert.DoesNotContain("can't take over", lab.ReadKeeperLog(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reload_TerminalHalfLineStdinAndClients_GoOn()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync(ownProgram: true);
        await lab.RunAsync(lab.Prepare("tty", "trap 'exit 50' HUP; read a; echo got $a; exit 5", terminal: true));
        CreateRequest request = lab.Prepare("fifo", "echo -n 'half '; read a; echo $a; busybox cat; exit 6") with { Stdin = true, StdinOnce = true };
        await lab.RunAsync(request);
        using AttachedPipe shown = new(lab.Loop);
        using SafeFileHandle? master = await lab.Client.AttachAsync(new AttachRequest { Id = "tty", Stdout = shown.Writer }, Token);
        shown.Writer.Dispose();
        using AttachedPipe seen = new(lab.Loop);
        using SafeFileHandle? stdin = await lab.Client.AttachAsync(new AttachRequest { Id = "fifo", Stdin = true, Stdout = seen.Writer }, Token);
        seen.Writer.Dispose();

        await ReloadAsync(lab);
        _ = Descriptor.TryWrite(master!, "words\n"u8, out _);
        _ = Descriptor.TryWrite(stdin!, "whole\nmore\n"u8, out _);
        stdin!.Dispose();
        await seen.ReadUntilAsync("more");
        Assert.DoesNotContain("fifo", lab.Exits.Keys); // Closing a client's descriptor alone does not end the input.
        await ReloadAsync(lab);
        await lab.Client.CloseStdinAsync("fifo", Token);

        Assert.Equal(5, (await lab.WaitForExitAsync("tty")).ExitStatus);
        Assert.Equal(6, (await lab.WaitForExitAsync("fifo")).ExitStatus);
        Assert.Equal("words\r\ngot words\r\n", await shown.ReadToEndAsync());
        Assert.EndsWith("whole\nmore\n", await seen.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(["stdout F words\r", "stdout F got words\r"], lab.ReadLogLines("tty"));
        Assert.Equal(["stdout F half whole", "stdout F more"], lab.ReadLogLines("fifo"));
    }

    /// <summary>The first format has the same values under another number; keepers that wrote it had no files with incomplete lines.</summary>
    [Fact]
    public async Task Reload_HandoverOfTheFirstFormat_GoesOn()
    {
        HostRequirements.Require("/usr/bin/python3");
        await using KeeperLab lab = await KeeperLab.StartAsync(ownProgram: true);
        await lab.RunAsync(lab.Prepare("tty", "trap 'exit 50' HUP; read a; echo got $a; exit 5", terminal: true));
        await lab.RunAsync(lab.Prepare("fifo", "echo -n 'half '; read a; echo $a; exit 6") with { Stdin = true });
        await Eventually.TrueAsync(() => File.Exists($"{lab.BundleOf("fifo")}/io/stdout.rest"), "half a line was read");

        string program = $"""
            #!/usr/bin/python3
            import glob, os, struct, sys
            if sys.argv[1] != "--accepts-handover":
                state = int(sys.argv[sys.argv.index("--handover") + 1])
                assert struct.unpack("<i", os.pread(state, 4, 0)) == (2,)
                os.pwrite(state, struct.pack("<i", 1), 0)
                for rest in glob.glob("{lab.Directories.Run}/*/io/*.rest"):
                    os.unlink(rest)
                os.execv("{KeeperLab.KeeperPath}", ["{KeeperLab.KeeperPath}", *sys.argv[1:]])

            """;
        lab.ReplaceProgram(path => File.WriteAllText(path, program));
        await SignalAsync(lab);
        await Eventually.TrueAsync(() => CountStarts(lab) == 2, "the next keeper has taken over");
        using SafeFileHandle? master = await lab.Client.AttachAsync(new AttachRequest { Id = "tty" }, Token);
        _ = Descriptor.TryWrite(master!, "words\n"u8, out _);
        await File.WriteAllTextAsync($"{lab.BundleOf("fifo")}/io/stdin", "whole\n", Token);

        Assert.Equal(5, (await lab.WaitForExitAsync("tty")).ExitStatus);
        Assert.Equal(6, (await lab.WaitForExitAsync("fifo")).ExitStatus);
        Assert.Equal(["stdout F words\r", "stdout F got words\r"], lab.ReadLogLines("tty"));
        Assert.Equal(["stdout F half whole"], lab.ReadLogLines("fifo"));
        Assert.False(lab.Process.HasExited);
    }

    /// <summary>By hand: CRID_OLD_KEEPER is the directory of a keeper that was built from an earlier commit.</summary>
    [Fact]
    public async Task Reload_FromAnOlderKeeper_GoesOn()
    {
        string? older = Environment.GetEnvironmentVariable("CRID_OLD_KEEPER");
        Assert.SkipWhen(older is null, "CRID_OLD_KEEPER does not name the directory of an older crid-keeper");
        await using KeeperLab lab = await KeeperLab.StartAsync(ownProgram: true, programDirectory: older);
        await lab.RunAsync(lab.Prepare("tty", "trap 'exit 50' HUP; read a; echo got $a; exit 5", terminal: true));
        await lab.RunAsync(lab.Prepare("fifo", "echo -n 'half '; read a; echo $a; exit 6") with { Stdin = true });
        await lab.RunAsync(lab.Prepare("many", "i=0; while [ $i -lt 30000 ]; do i=$((i + 1)); echo number $i; done; exit 9"));

        lab.CopyProgram(HostRequirements.BinDirectory);
        await SignalAsync(lab);
        await Eventually.TrueAsync(() => CountStarts(lab) == 2, "the next keeper has taken over");
        using SafeFileHandle? master = await lab.Client.AttachAsync(new AttachRequest { Id = "tty" }, Token);
        _ = Descriptor.TryWrite(master!, "words\n"u8, out _);
        await File.WriteAllTextAsync($"{lab.BundleOf("fifo")}/io/stdin", "whole\n", Token);

        Assert.Equal(5, (await lab.WaitForExitAsync("tty")).ExitStatus);
        Assert.Equal(6, (await lab.WaitForExitAsync("fifo")).ExitStatus);
        Assert.Equal(9, (await lab.WaitForExitAsync("many")).ExitStatus);
        Assert.Equal(["stdout F half whole"], lab.ReadLogLines("fifo"));
        Assert.Equal(Enumerable.Range(1, 30000).Select(number => $"stdout F number {number}"), lab.ReadLogLines("many"));
        await lab.RunAsync(lab.Prepare("after", "exit 4"));
        Assert.Equal(4, (await lab.WaitForExitAsync("after")).ExitStatus);
        Assert.False(lab.Process.HasExited);
    }

    /// <summary>A crid of the first protocol version, as after crid was set back to an older one while the keeper stays.</summary>
    [Fact]
    public async Task OlderCrid_RunsContainersAndGoesOnWithThoseOfTheNewer()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        const string Script = "read a; echo $a; echo other >&2; exit 3";
        await lab.RunAsync(lab.Prepare("newer", Script) with { Stdin = true });
        await lab.Client.DisposeAsync();
        KeeperClientOptions older = new() { SocketPath = lab.Directories.KeeperSocket, NewestVersion = KeeperWire.OldestVersion };
        await lab.ConnectAsync(older);

        SpawnResult created = await lab.RunAsync(lab.Prepare("older", Script) with { Stdin = true });
        Assert.Equal(["newer", "older"], (await lab.Client.ListAsync(Token)).Select(static process => process.Id).Order(StringComparer.Ordinal));
        CridException refused = await Assert.ThrowsAsync<CridException>(() => lab.Client.AttachAsync(new AttachRequest { Id = "older" }, Token));
        Assert.False(await lab.Client.ReloadIfReplacedAsync(Token));
        foreach (string id in new[] { "newer", "older" })
        {
            File.Move(lab.LogOf(id), $"{lab.LogOf(id)}.1");
            await lab.Client.ReopenLogAsync(id, Token);
            await File.WriteAllTextAsync($"{lab.BundleOf(id)}/io/stdin", "words\n", Token);
            Assert.Equal(3, (await lab.WaitForExitAsync(id)).ExitStatus);
            Assert.Equal(["stderr F other", "stdout F words"], lab.ReadLogLines(id).Order(StringComparer.Ordinal));
            await lab.Client.ForgetAsync(id, Token);
        }

        Assert.Equal(ErrorKind.Unimplemented, refused.Kind);
        Assert.Equal(created.Pid, lab.Exits["older"].Pid);
        Assert.Empty(await lab.Client.ListAsync(Token));
    }

    /// <summary>It returns nothing, so a new keeper waits for nothing.</summary>
    [Fact]
    public async Task OlderCrid_KeeperKilled_NextOneTellsItOfTheEnd()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        await lab.Client.DisposeAsync();
        await lab.ConnectAsync(new KeeperClientOptions { SocketPath = lab.Directories.KeeperSocket, NewestVersion = KeeperWire.OldestVersion });
        await lab.RunAsync(lab.Prepare("c1", "i=0; while [ ! -e /stop ]; do i=$((i + 1)); echo number $i; done; exit 4"));

        await lab.Process.KillAsync();
        lab.StartKeeper();
        await Eventually.TrueAsync(() => lab.Client.IsConnected && lab.Client.KeeperPid == lab.Process.Pid, "crid is connected to the next keeper");
        await File.WriteAllTextAsync($"{lab.BundleOf("c1")}/rootfs/stop", "", Token);

        Assert.Contains((await lab.WaitForExitAsync("c1")).ExitStatus, LabMachine.ExitsOfOrphan(4));
        string[] lines = lab.ReadLogLines("c1");
        Assert.Equal(Enumerable.Range(1, lines.Length).Select(static number => $"stdout F number {number}"), lines);
    }

    [Fact]
    public async Task Reload_ExitsMeanwhile_AreExactAndTheConnectionStands()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync(ownProgram: true);
        const int Count = 12;
        for (int i = 0; i < Count; i++)
        {
            await lab.RunAsync(lab.Prepare($"c{i}", $"busybox usleep {400_000 + (i * 50_000)}; exit {10 + i}"));
        }

        Task<SpawnResult> slow = lab.Client.ExecAsync(SlowExec(lab), Token);
        while (lab.Exits.Count < Count)
        {
            await ReloadAsync(lab);
            Assert.InRange((await lab.Client.ListAsync(Token)).Count, Count, Count + 1);
        }

        Assert.Equal(Enumerable.Range(10, Count), Enumerable.Range(0, Count).Select(i => lab.Exits[$"c{i}"].ExitStatus));
        Assert.Equal(0, (await slow).RuntimeExitStatus); // A command in flight was waited for.
    }

    [Theory]
    [InlineData("not a program")]
    [InlineData("#!/bin/false\n")]
    [InlineData("#!/nonexistent/interpreter\n")]
    public async Task Reload_ProgramThatCantTakeOver_LeavesTheOldOne(string content)
    {
        await using KeeperLab lab = await KeeperLab.StartAsync(ownProgram: true);
        await lab.RunAsync(lab.Prepare("c1", "read a; exit 7") with { Stdin = true });

        lab.ReplaceProgram(path => File.WriteAllText(path, content));
        await SignalAsync(lab);
        await Eventually.TrueAsync(() => lab.ReadKeeperLog().Contains("can't take over", StringComparison.Ordinal), "the refusal is logged");
        await File.WriteAllTextAsync($"{lab.BundleOf("c1")}/io/stdin", "\n", Token);

        Assert.Equal(7, (await lab.WaitForExitAsync("c1")).ExitStatus);
        Assert.False(lab.Process.HasExited);
    }

    [Fact]
    public async Task Reload_ProgramFailsOnceItHasTakenOver_NextKeeperFindsAll()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync(ownProgram: true);
        await lab.RunAsync(lab.Prepare("c1", "echo first; read a; echo second; exit 7") with { Stdin = true });
        await lab.RunAsync(lab.Prepare("tty", "trap 'exit 50' HUP; read a; exit 5", terminal: true));
        await Eventually.TrueAsync(() => lab.ReadLog("c1").Contains("first", StringComparison.Ordinal), "the first line is logged");

        string program = lab.ProgramPath;
        lab.ReplaceProgram(path => File.WriteAllText(path, "#!/bin/sh\n[ \"$1\" = --accepts-handover ]\n"));
        await SignalAsync(lab);
        await Eventually.TrueAsync(() => lab.Process.HasExited, "the broken program has ended");
        lab.ReplaceProgram(path => File.Copy(KeeperLab.KeeperPath, path));
        lab.StartKeeper();
        Assert.Equal(2, (await lab.Client.ListAsync(Token)).Count);
        using SafeFileHandle? master = await lab.Client.AttachAsync(new AttachRequest { Id = "tty" }, Token);
        _ = Descriptor.TryWrite(master!, "\n"u8, out _);
        await File.WriteAllTextAsync($"{lab.BundleOf("c1")}/io/stdin", "\n", Token);

        Assert.Equal(program, lab.ProgramPath);
        Assert.Contains((await lab.WaitForExitAsync("c1")).ExitStatus, LabMachine.ExitsOfOrphan(7));
        Assert.Contains((await lab.WaitForExitAsync("tty")).ExitStatus, LabMachine.ExitsOfOrphan(5));
        Assert.Equal(["stdout F first", "stdout F second"], lab.ReadLogLines("c1"));
    }

    [Fact]
    public async Task ReloadIfReplaced_OnlyANewProgram_IsReloaded()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync(ownProgram: true);

        bool same = await lab.Client.ReloadIfReplacedAsync(Token);
        lab.ReplaceProgram(path => File.Copy(KeeperLab.KeeperPath, path));
        bool other = await lab.Client.ReloadIfReplacedAsync(Token);
        await Eventually.TrueAsync(() => !OwnProgram.IsReplaced(lab.Process.Pid), "the keeper runs the new program");

        Assert.False(same);
        Assert.True(other);
        Assert.False(lab.Process.HasExited);
        Assert.Empty(await lab.Client.ListAsync(Token));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ExecRequest SlowExec(KeeperLab lab) => new()
    {
        Id = "slow",
        Command = ["/bin/sh", "-c", $"sleep 0.7; sleep 60 & echo $! > {lab.Directories.Run}/slow.pid"],
        BundleDirectory = "/",
        PidFile = $"{lab.Directories.Run}/slow.pid",
    };

    /// <summary>Has the keeper execute a copy of its program, and returns when that runs.</summary>
    private static async Task ReloadAsync(KeeperLab lab)
    {
        lab.ReplaceProgram(path => File.Copy(KeeperLab.KeeperPath, path));
        await SignalAsync(lab);
        await Eventually.TrueAsync(() => !OwnProgram.IsReplaced(lab.Process.Pid), "the keeper runs the new program");
    }

    private static int CountStarts(KeeperLab lab) => lab.ReadKeeperLog().Split("keeping processes on").Length - 1;

    private static Task SignalAsync(KeeperLab lab) => LabProcess.RunAsync("/bin/kill", "-HUP", $"{lab.Process.Pid}");
}
