using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.HostTests;

/// <summary>The keeper or its client ends or stops at a bad moment, or the machine has run out of something.</summary>
public sealed class KeeperCrashTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task KeeperKilled_ContainerEndsMeanwhile_OutputAndExitStatusAreWhole()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        SpawnResult created = await lab.RunAsync(lab.Prepare("c1", "echo first; read a; echo second; echo third >&2; exit 9") with { Stdin = true });
        await Eventually.TrueAsync(() => lab.ReadLog("c1").Contains("first", StringComparison.Ordinal), "the first line is logged");

        await lab.Process.KillAsync();
        await File.WriteAllTextAsync($"{lab.BundleOf("c1")}/io/stdin", "\n", Token);
        await Eventually.TrueAsync(() => ProcessStat.Find(created.Pid) is null or { IsEnded: true }, "the container has ended");
        lab.StartKeeper();
        ProcessExit exit = await lab.WaitForExitAsync("c1");

        Assert.Equal(["stderr F third", "stdout F first", "stdout F second"], lab.ReadLogLines("c1").Order(StringComparer.Ordinal));
        // 9 where the kernel still tells a reaped process's status (Linux 6.15) or nobody has reaped it.
        Assert.Contains(exit.ExitStatus, LabMachine.ExitsOfOrphan(9));
    }

    [Fact]
    public async Task KeeperKilled_Terminal_StaysAndItsOutputIsLogged()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        await lab.RunAsync(lab.Prepare("tty", "trap 'exit 50' HUP; busybox usleep 600000; echo meanwhile; read a; echo got $a; exit 5", terminal: true));

        await lab.Process.KillAsync();
        await Task.Delay(1000, Token);
        lab.StartKeeper();
        Assert.Single(await lab.Client.ListAsync(Token));
        using SafeFileHandle? master = await lab.Client.AttachAsync(new AttachRequest { Id = "tty" }, Token);
        _ = Descriptor.TryWrite(Assert.IsType<SafeFileHandle>(master), "words\n"u8, out _);

        Assert.Contains((await lab.WaitForExitAsync("tty")).ExitStatus, LabMachine.ExitsOfOrphan(5));
        Assert.Equal(["stdout F meanwhile\r", "stdout F words\r", "stdout F got words\r"], lab.ReadLogLines("tty"));
    }

    [Fact]
    public async Task KeeperKilled_StdinOnceBeforeAnyClient_DoesNotEnd()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        await lab.RunAsync(lab.Prepare("c1", "busybox cat; echo end") with { Stdin = true, StdinOnce = true });

        await lab.Process.KillAsync();
        await Task.Delay(300, Token);
        lab.StartKeeper();
        SafeFileHandle? stdin = await lab.Client.AttachAsync(new AttachRequest { Id = "c1", Stdin = true }, Token);
        _ = Descriptor.TryWrite(Assert.IsType<SafeFileHandle>(stdin), "words\n"u8, out _);
        stdin.Dispose();
        await lab.Client.CloseStdinAsync("c1", Token);

        Assert.Contains((await lab.WaitForExitAsync("c1")).ExitStatus, LabMachine.ExitsOfOrphan(0));
        Assert.Equal(["stdout F words", "stdout F end"], lab.ReadLogLines("c1"));
    }

    [Fact]
    public async Task KeeperKilled_ExecEndsMeanwhile_CallerLearnsItsStatus()
    {
        Assert.SkipUnless(Environment.OSVersion.Version >= new Version(6, 15), "the kernel tells a reaped process's status only since Linux 6.15");
        await using KeeperLab lab = await KeeperLab.StartAsync();
        string pidFile = $"{lab.Directories.Run}/e1.pid";
        ExecRequest request = new()
        {
            Id = "e1", Command = ["/bin/sh", "-c", $"(sleep 0.5; exit 9) & echo $! > {pidFile}"], BundleDirectory = "/", PidFile = pidFile,
        };

        SpawnResult result = await lab.Client.ExecAsync(request, Token);
        using ProcessHandle process = Assert.IsType<ProcessHandle>(result.Process);
        await lab.Process.KillAsync();
        await Eventually.TrueAsync(() => ProcessStat.Find(result.Pid) is null, "the process has ended, and somebody has reaped it");

        Assert.Null(ProcessHandle.Open(result.Pid, result.StartTimeTicks));
        Assert.Equal(9, process.FindExitStatus());
    }

    [Fact]
    public async Task BothKilled_RunningContainer_GoesOnWithoutLoss()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        await lab.RunAsync(lab.Prepare("c1", "i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); echo number $i; done; busybox sleep 1; exit 3"));
        await Eventually.TrueAsync(() => lab.ReadLog("c1").Length > 0, "something is logged");

        // A client that is gone holds nothing any more.
        await lab.Client.DisposeAsync();
        await lab.Process.KillAsync();
        await Task.Delay(200, Token);
        lab.StartKeeper();
        await lab.ConnectAsync();

        Assert.Contains((await lab.WaitForExitAsync("c1")).ExitStatus, LabMachine.ExitsOfOrphan(3));
        Assert.Equal(Enumerable.Range(1, 20000).Select(number => $"stdout F number {number}"), lab.ReadLogLines("c1"));
    }

    [Fact]
    public async Task KeeperKilledDuringCommand_WholeProcessGroup_IsKilled()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        CreateRequest request = lab.Prepare("c1", "exit 0") with { Command = ["/bin/sh", "-c", "/bin/sleep 614 & /bin/sleep 614; true"] };
        Task<SpawnResult> create = lab.Client.CreateAsync(request, Token);
        await Eventually.TrueAsync(() => CountSleeps("sleep 614") >= 2, "the command and its helper run");
        // A moment after it runs its pid is recorded.
        await Task.Delay(500, Token);

        await lab.Process.KillAsync();
        await Assert.ThrowsAsync<CridException>(() => create);
        lab.StartKeeper();
        Assert.Empty(await lab.Client.ListAsync(Token));

        await Eventually.TrueAsync(() => CountSleeps("sleep 614") == 0, "nothing of the command is left");
    }

    [Fact]
    public async Task KeeperStopped_Requests_AreUnavailableAndUndoneWhenItGoesOn()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        await lab.Client.DisposeAsync();
        await lab.ConnectAsync(new KeeperClientOptions { SocketPath = lab.Directories.KeeperSocket, AnswerTimeout = TimeSpan.FromMilliseconds(300) });
        await lab.RunAsync(lab.Prepare("c1", "read a; echo $a; exit 4") with { Stdin = true });

        await SignalAsync(lab, "STOP");
        CridException list = await Assert.ThrowsAsync<CridException>(() => lab.Client.ListAsync(Token));
        CreateRequest late = lab.Prepare("c2", "exit 0") with { Command = ["/bin/sleep", "615"], Timeout = TimeSpan.FromMilliseconds(100) };
        CridException create = await Assert.ThrowsAsync<CridException>(() => lab.Client.CreateAsync(late, Token));
        await File.WriteAllTextAsync($"{lab.BundleOf("c1")}/io/stdin", "words\n", Token);
        await SignalAsync(lab, "CONT");

        Assert.Equal((ErrorKind.Unavailable, ErrorKind.Unavailable), (list.Kind, create.Kind));
        Assert.Equal(4, (await lab.WaitForExitAsync("c1")).ExitStatus);
        Assert.Equal(["stdout F words"], lab.ReadLogLines("c1"));
        await Eventually.TrueAsync(async () => (await lab.Client.ListAsync(Token)).All(kept => kept.Id == "c1"), "nobody's container is not kept");
        Assert.Equal(0, CountSleeps("sleep 615"));
    }

    [Fact]
    public async Task StateDirectoryFull_CreateFails_WhatRunsGoesOn()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        await lab.Process.TerminateAsync();
        string directory = lab.Directories.Keeper;
        await LabProcess.RunAsync("/bin/mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", directory);
        try
        {
            lab.StartKeeper();
            await lab.RunAsync(lab.Prepare("c1", "read a; echo $a; exit 8") with { Stdin = true });
            await FillAsync($"{directory}/.filler");

            CridException failure = await Assert.ThrowsAsync<CridException>(() => lab.Client.CreateAsync(lab.Prepare("c2", "exit 0"), Token));
            await File.WriteAllTextAsync($"{lab.BundleOf("c1")}/io/stdin", "words\n", Token);
            ProcessExit exit = await lab.WaitForExitAsync("c1");
            File.Delete($"{directory}/.filler");
            await lab.RunAsync(lab.Prepare("c2", "exit 6"));

            Assert.Contains("state", failure.Message, StringComparison.Ordinal);
            Assert.Equal(8, exit.ExitStatus);
            Assert.Equal(["stdout F words"], lab.ReadLogLines("c1"));
            Assert.Equal(6, (await lab.WaitForExitAsync("c2")).ExitStatus);
        }
        finally
        {
            await lab.Process.KillAsync();
            await LabProcess.RunAsync("/bin/umount", directory);
        }
    }

    [Fact]
    public async Task NoDescriptorsLeft_RequestsFail_WhatRunsGoesOnAndConnectionsWait()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        await lab.RunAsync(lab.Prepare("c1", "read a; echo $a; exit 8") with { Stdin = true });
        string[] limits = (await LabProcess.RunAsync("/usr/bin/prlimit", "--pid", $"{lab.Process.Pid}", "--nofile", "--noheadings", "--output", "SOFT,HARD"))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

        await LimitFilesAsync(lab, $"1:{limits[1]}");
        CridException failure = await Assert.ThrowsAsync<CridException>(() => lab.Client.CreateAsync(lab.Prepare("c2", "exit 0"), Token));
        await using KeeperClient waiting = new(
            new KeeperClientOptions { SocketPath = lab.Directories.KeeperSocket }, lab.Loop, TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<KeeperClient>.Instance);
        waiting.Start();
        await File.WriteAllTextAsync($"{lab.BundleOf("c1")}/io/stdin", "words\n", Token);
        ProcessExit exit = await lab.WaitForExitAsync("c1");
        await LimitFilesAsync(lab, $"{limits[0]}:{limits[1]}");

        Assert.NotEmpty(await waiting.ListAsync(Token));
        await lab.RunAsync(lab.Prepare("c2", "exit 6"));
        Assert.NotEmpty(failure.Message);
        Assert.Equal(8, exit.ExitStatus);
        Assert.Equal(["stdout F words"], lab.ReadLogLines("c1"));
        Assert.Equal(6, (await lab.WaitForExitAsync("c2")).ExitStatus);
        Assert.False(lab.Process.HasExited);
    }

    private static Task SignalAsync(KeeperLab lab, string signal) => LabProcess.RunAsync("/bin/kill", $"-{signal}", $"{lab.Process.Pid}");

    private static Task LimitFilesAsync(KeeperLab lab, string limit) =>
        LabProcess.RunAsync("/usr/bin/prlimit", "--pid", $"{lab.Process.Pid}", $"--nofile={limit}");

    private static int CountSleeps(string commandLine) =>
        LabProcessInfo.List().Count(process => process.CommandLine.Contains(commandLine, StringComparison.Ordinal));

    private static async Task FillAsync(string path)
    {
        await using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        try
        {
            while (true)
            {
                await file.WriteAsync(new byte[512], Token);
            }
        }
        catch (IOException)
        {
            // Full, which is what it is for.
        }
    }
}
