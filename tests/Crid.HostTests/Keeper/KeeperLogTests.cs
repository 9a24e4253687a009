using System.Globalization;
using System.Text.RegularExpressions;
using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.HostTests;

/// <summary>Logs on disks that are full or hang, and many at once.</summary>
public sealed partial class KeeperLogTests
{
    private const int Count = 20_000;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task DiskFull_ThenSpace_GapIsMarkedAndCounted()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        string directory = $"{lab.Directories.Run}/logs";
        Directory.CreateDirectory(directory);
        await LabProcess.RunAsync("/bin/mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", directory);
        try
        {
            await lab.RunAsync(lab.Prepare("c1", $"busybox seq 1 {Count}; read a; echo after; exit 3") with { Stdin = true });
            // It gets to its read although nothing can be logged any more.
            await Eventually.TrueAsync(() => lab.ReadKeeperLog().Contains("can't be written", StringComparison.Ordinal), "the disk is full");
            await Task.Delay(500, Token);

            await LabProcess.RunAsync("/bin/mount", "-o", "remount,size=16m", directory);
            await File.WriteAllTextAsync($"{lab.BundleOf("c1")}/io/stdin", "\n", Token);
            ProcessExit exit = await lab.WaitForExitAsync("c1");
            string[] lines = lab.ReadLogLines("c1");

            Match gap = Gap().Match(lines[^2]);
            int kept = lines.Length - 2;
            Assert.Equal(3, exit.ExitStatus);
            Assert.True(gap.Success, lines[^2]);
            Assert.Equal("No space left on device", gap.Groups["reason"].Value);
            Assert.Equal(Enumerable.Range(1, kept).Select(number => $"stdout F {number}"), lines[..kept]);
            Assert.Equal(Count - kept, int.Parse(gap.Groups["lines"].Value, CultureInfo.InvariantCulture));
            Assert.Equal("stdout F after", lines[^1]);
        }
        finally
        {
            await lab.Process.KillAsync();
            await LabProcess.RunAsync("/bin/umount", directory);
        }
    }

    [Fact]
    public async Task LogCantBeOpenedAtTheStart_ContainerIsNotHeldUpAndTheGapIsMarked()
    {
        // More than pipe and keeper hold together, so that some of it has had to be given up before the container gets on.
        const int Numbers = 100_000;
        await using KeeperLab lab = await KeeperLab.StartAsync();
        CreateRequest request = lab.Prepare("c1", $"echo before; read a; busybox seq 1 {Numbers}; echo > /written; read a; echo after; exit 3") with { Stdin = true };
        string written = $"{request.BundleDirectory}/rootfs/written";
        await File.WriteAllTextAsync(written, "", Token);
        File.SetUnixFileMode(written, UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        await lab.RunAsync(request);
        await Eventually.TrueAsync(() => lab.ReadLog("c1").Contains("before", StringComparison.Ordinal), "the first line is logged");

        // A link to itself can't be opened, and is replaced in one step.
        string log = lab.LogOf("c1");
        await lab.Process.KillAsync();
        File.Move(log, $"{log}.away");
        File.CreateSymbolicLink(log, log);
        lab.StartKeeper();
        await AnswerAsync();
        await Eventually.TrueAsync(() => new FileInfo(written).Length > 0, "the container has written all, and none of it can be logged");
        File.Move($"{log}.away", log, overwrite: true);
        await AnswerAsync();
        ProcessExit exit = await lab.WaitForExitAsync("c1");
        string[] lines = lab.ReadLogLines("c1");

        // What was still in the pipe when the log was back is in it.
        Match gap = Gap().Match(lines[1]);
        Assert.True(gap.Success, lines[1]);
        Assert.Equal("Too many levels of symbolic links", gap.Groups["reason"].Value);
        int lost = int.Parse(gap.Groups["lines"].Value, CultureInfo.InvariantCulture);
        IEnumerable<string> expected = ["before", .. Enumerable.Range(lost + 1, Numbers - lost).Select(static number => $"{number}"), "after"];
        Assert.Equal(expected.Select(static line => $"stdout F {line}"), lines.Where(static (_, i) => i != 1));
        Assert.Contains(exit.ExitStatus, LabMachine.ExitsOfOrphan(3));

        Task AnswerAsync() => File.WriteAllTextAsync($"{request.IoDirectory}/stdin", "\n", Token);
    }

    [Fact]
    public async Task LogStalls_OthersGoOnAndItsExitIsReported()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        // Pipes that nobody reads stand for file systems that hang.
        string[] stalledIds = [.. Enumerable.Range(0, 4).Select(i => $"stalled{i}")];
        List<SafeFileHandle> readers = [];
        Directory.CreateDirectory($"{lab.Directories.Run}/logs");
        foreach (string id in stalledIds)
        {
            Descriptor.EnsureFifo(lab.LogOf(id));
            readers.Add(Descriptor.OpenFifoReader(lab.LogOf(id)));
            await lab.Client.CreateAsync(lab.Prepare(id, "busybox seq 1 200000; exit 7"), Token);
            await lab.StartContainerAsync(id);
        }

        await Task.Delay(300, Token);
        await lab.RunAsync(lab.Prepare("c1", $"busybox seq 1 {Count}; exit 5"));
        ProcessExit exit = await lab.WaitForExitAsync("c1");
        foreach (string id in stalledIds)
        {
            await LabProcess.RunAsync(LabMachine.RuntimePath, "--root", lab.RuntimeRoot, "kill", id, "KILL");
            Assert.Equal(137, (await lab.WaitForExitAsync(id)).ExitStatus);
            await lab.Client.ForgetAsync(id, Token);
        }

        readers.ForEach(static reader => reader.Dispose());
        Assert.Equal(5, exit.ExitStatus);
        Assert.Equal(Enumerable.Range(1, Count).Select(number => $"stdout F {number}"), lab.ReadLogLines("c1"));
    }

    [Fact]
    public async Task LogStallsWhenItIsMade_CreateEndsAtItsTimeOrIsCanceled_AndOthersGoOn()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        Directory.CreateDirectory($"{lab.Directories.Run}/logs");

        // A pipe without a reader keeps whoever opens it waiting, as a file system does that hangs.
        Descriptor.EnsureFifo(lab.LogOf("late"));
        Descriptor.EnsureFifo(lab.LogOf("canceled"));

        CridException late = await Assert.ThrowsAsync<CridException>(
            () => lab.Client.CreateAsync(lab.Prepare("late", "exit 7") with { Timeout = TimeSpan.FromSeconds(1) }, Token));
        using CancellationTokenSource cancel = new();
        Task canceled = lab.Client.CreateAsync(lab.Prepare("canceled", "exit 7"), cancel.Token);
        await Eventually.TrueAsync(() => File.Exists($"{lab.BundleOf("canceled")}/pid"), "the runtime has made the container");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => canceled);

        Assert.Equal(ErrorKind.DeadlineExceeded, late.Kind);
        await lab.RunAsync(lab.Prepare("c1", "echo line; exit 5"));
        Assert.Equal(5, (await lab.WaitForExitAsync("c1")).ExitStatus);
        Assert.Equal(["stdout F line"], lab.ReadLogLines("c1"));
        await Eventually.TrueAsync(async () => (await lab.Client.ListAsync(Token)).Count == 1, "what was given up is forgotten");
        Assert.Empty(Directory.EnumerateFileSystemEntries($"{lab.BundleOf("late")}/io"));
    }

    [Fact]
    public async Task LogsStallAtTheStart_OthersGoOnAndTheirsFollowsLater()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        string[] stalledIds = [.. Enumerable.Range(0, 5).Select(i => $"stalled{i}")];
        List<SafeFileHandle> readers = [];
        Directory.CreateDirectory($"{lab.Directories.Run}/logs");
        foreach (string id in stalledIds)
        {
            Descriptor.EnsureFifo(lab.LogOf(id));
            readers.Add(Descriptor.OpenFifoReader(lab.LogOf(id)));
            await lab.Client.CreateAsync(lab.Prepare(id, "read a; echo $a; read b; exit 7") with { Stdin = true }, Token);
            await lab.StartContainerAsync(id);
        }

        await lab.RunAsync(lab.Prepare("c1", "read a; echo $a; exit 5") with { Stdin = true });

        // A pipe without a reader keeps whoever opens it waiting, as a file system does that hangs.
        await lab.Process.KillAsync();
        readers.ForEach(static reader => reader.Dispose());
        lab.StartKeeper();
        Assert.Equal(stalledIds.Length + 1, (await lab.Client.ListAsync(Token)).Count);
        foreach (string id in stalledIds.Append("c1"))
        {
            await File.WriteAllTextAsync($"{lab.BundleOf(id)}/io/stdin", "words\n", Token);
        }

        Assert.Contains((await lab.WaitForExitAsync("c1")).ExitStatus, LabMachine.ExitsOfOrphan(5));
        Assert.Equal(["stdout F words"], lab.ReadLogLines("c1"));
        await LabProcess.RunAsync(LabMachine.RuntimePath, "--root", lab.RuntimeRoot, "kill", stalledIds[0], "KILL");
        Assert.Contains((await lab.WaitForExitAsync(stalledIds[0])).ExitStatus, LabMachine.ExitsOfOrphan(137));
        await lab.Client.ForgetAsync(stalledIds[0], Token);
        await using (KeeperClient second = lab.MakeClient())
        {
            await second.ConnectAsync(Token);
            Assert.Equal(stalledIds.Length, (await second.ListAsync(Token)).Count);
        }

        foreach (string id in stalledIds[1..])
        {
            using StreamReader log = new(lab.LogOf(id));
            Assert.EndsWith(" stdout F words", await log.ReadLineAsync(Token), StringComparison.Ordinal);
            await File.WriteAllTextAsync($"{lab.BundleOf(id)}/io/stdin", "\n", Token);
            Assert.Contains((await lab.WaitForExitAsync(id)).ExitStatus, LabMachine.ExitsOfOrphan(7));
        }

        // What nobody wants any more is let go of.
        using SafeFileHandle last = Descriptor.OpenFifoReader(lab.LogOf(stalledIds[0]));
        await Eventually.TrueAsync(() => !HasOpen(lab, lab.LogOf(stalledIds[0])), "the log of the forgotten container is closed again");
    }

    [Fact]
    public async Task LogsStall_MoreThanAFewThreadsHold_OthersGoOnAndExitsAreReported()
    {
        const int Stalled = 70;
        await using KeeperLab lab = await KeeperLab.StartAsync();
        List<SafeFileHandle> readers = [];
        Directory.CreateDirectory($"{lab.Directories.Run}/logs");
        for (int i = 0; i < Stalled; i++)
        {
            Descriptor.EnsureFifo(lab.LogOf($"stalled{i}"));
            readers.Add(Descriptor.OpenFifoReader(lab.LogOf($"stalled{i}")));
            await lab.Client.CreateAsync(lab.PrepareProcess($"stalled{i}", "while true; do echo line; done"), Token);
            lab.Begin($"stalled{i}");
        }

        await Eventually.TrueAsync(() => CountThreads(lab) > Stalled, "each of these logs holds a thread");
        await lab.Client.CreateAsync(lab.PrepareProcess("c1", $"busybox seq 1 {Count}; exit 5"), Token);
        lab.Begin("c1");
        ProcessExit exit = await lab.WaitForExitAsync("c1");
        foreach (KeptProcess kept in (await lab.Client.ListAsync(Token)).Where(static kept => kept.Exit is null))
        {
            LabCleanup.Kill(kept.Pid);
        }

        await Eventually.TrueAsync(() => lab.Exits.Count == Stalled + 1, "all exits are reported");
        readers.ForEach(static reader => reader.Dispose());
        Assert.Equal(5, exit.ExitStatus);
        Assert.Equal(Enumerable.Range(1, Count).Select(number => $"stdout F {number}"), lab.ReadLogLines("c1"));
        await Eventually.TrueAsync(() => CountThreads(lab) < Stalled, "threads that have nothing to do any more have ended");
    }

    [Fact]
    public async Task ManyContainers_BesideSomeThatNeverStopWriting_AllGetOn()
    {
        const int Containers = 1000;
        const int Lines = 30;
        await using KeeperLab lab = await KeeperLab.StartAsync();
        string[] endless = ["endless0", "endless1", "endless2"];
        foreach (string id in endless)
        {
            await lab.Client.CreateAsync(lab.PrepareProcess(id, "exec busybox yes") with { LogPath = "/dev/null" }, Token);
        }

        await Task.WhenAll(Enumerable.Range(0, Containers).Select(i =>
            lab.Client.CreateAsync(lab.PrepareProcess($"c{i}", $"for n in {string.Join(' ', Enumerable.Range(1, Lines))}; do echo $n; done; exit 6"), Token)));
        Array.ForEach(endless, lab.Begin);
        foreach (int i in Enumerable.Range(0, Containers))
        {
            lab.Begin($"c{i}");
        }

        for (int ended = Containers / 20; ended <= Containers; ended += Containers / 20)
        {
            await Eventually.TrueAsync(() => lab.Exits.Count >= ended, $"{ended} of {Containers} have ended");
        }

        foreach (int i in Enumerable.Range(0, Containers))
        {
            Assert.Equal(6, lab.Exits[$"c{i}"].ExitStatus);
            Assert.Equal(Enumerable.Range(1, Lines).Select(static number => $"stdout F {number}"), lab.ReadLogLines($"c{i}"));
        }

        IEnumerable<KeptProcess> running = (await lab.Client.ListAsync(Token)).Where(static kept => kept.Exit is null);
        Assert.Equal(endless, running.Select(static kept => kept.Id).Order(StringComparer.Ordinal));
        foreach (KeptProcess kept in running)
        {
            LabCleanup.Kill(kept.Pid);
        }

        await Eventually.TrueAsync(() => endless.All(lab.Exits.ContainsKey), "the endless ones have ended");
    }

    [Fact]
    public async Task Rotation_WhileOutputRuns_LosesAndDoublesNothing()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        await lab.RunAsync(lab.Prepare("c1", "i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); echo $i; done"));
        int rotations = 0;
        while (lab.Exits.Count == 0)
        {
            File.Move(lab.LogOf("c1"), $"{lab.LogOf("c1")}.{rotations}");
            try
            {
                await lab.Client.ReopenLogAsync("c1", Token);
                rotations++;
            }
            catch (CridException)
            {
                // It ended meanwhile; kubelet renames back as well.
                File.Move($"{lab.LogOf("c1")}.{rotations}", lab.LogOf("c1"));
                break;
            }
        }

        await lab.WaitForExitAsync("c1");
        IEnumerable<string> lines = Enumerable.Range(0, rotations).Select(i => $"{lab.LogOf("c1")}.{i}").Append(lab.LogOf("c1"))
            .SelectMany(File.ReadAllLines).Select(line => line.Split(' ')[3]);

        Assert.True(rotations > 3, $"only {rotations} rotations");
        Assert.Equal(Enumerable.Range(1, 20_000).Select(number => $"{number}"), lines);
    }

    private static bool HasOpen(KeeperLab lab, string path) =>
        Directory.EnumerateFiles($"/proc/{lab.Process.Pid}/fd").Any(link => File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName == path);

    private static int CountThreads(KeeperLab lab) => Directory.GetDirectories($"/proc/{lab.Process.Pid}/task").Length;

    [GeneratedRegex(@"^stdout F \[crid: (?<lines>\d+) lines \(\d+ bytes\) are missing here: (?<reason>[^]]+)\]$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Gap();
}
