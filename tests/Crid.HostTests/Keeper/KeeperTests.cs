using System.Text;
using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.HostTests;

/// <summary>crid-keeper with containers of a real runc.</summary>
public sealed class KeeperTests
{
    [Fact]
    public async Task Create_ContainerWithBothOutputs_LogsThemAndReportsTheExit()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();

        SpawnResult created = await lab.RunAsync(lab.Prepare("c1", "echo one; echo two >&2; echo -n three; exit 3"));
        ProcessExit exit = await lab.WaitForExitAsync("c1");

        Assert.Equal(3, exit.ExitStatus);
        Assert.Equal(created.Pid, exit.Pid);
        Assert.InRange(exit.FinishedAt, TimeProvider.System.GetUtcNow().AddMinutes(-1), TimeProvider.System.GetUtcNow());
        Assert.Equal(["stderr F two", "stdout F one", "stdout P three"], lab.ReadLogLines("c1").Order(StringComparer.Ordinal));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z std", lab.ReadLog("c1"));
        Assert.Equal(Mode0640, File.GetUnixFileMode(lab.LogOf("c1")));
    }

    [Fact]
    public async Task Create_CommandFails_GivesItsStatusAndKeepsNothing()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        CreateRequest request = lab.Prepare("c1", "true");
        File.WriteAllText($"{request.BundleDirectory}/config.json", "{}");

        string log = Path.Combine(request.BundleDirectory, "container.log");
        SpawnResult result = await lab.Client.CreateAsync(request with { LogPath = log }, TestContext.Current.CancellationToken);

        Assert.False(File.Exists(log)); // kubelet would take it for one of an attempt.
        Assert.Equal(1, result.RuntimeExitStatus);
        Assert.Equal(0, result.Pid);
        Assert.Empty(await lab.Client.ListAsync(TestContext.Current.CancellationToken));
        Assert.Empty(Directory.EnumerateFileSystemEntries(request.IoDirectory));
        Assert.Empty(Directory.EnumerateFiles(lab.Directories.Keeper));
    }

    [Fact]
    public async Task Create_CommandMissing_FailsAndTheIdIsFreeAgain()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        CreateRequest request = lab.Prepare("c1", "exit 0");

        CridException failure = await Assert.ThrowsAsync<CridException>(
            () => lab.Client.CreateAsync(request with { Command = ["/nonexistent/runc"] }, TestContext.Current.CancellationToken));
        await lab.RunAsync(request);

        Assert.Contains("/nonexistent/runc", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, (await lab.WaitForExitAsync("c1")).ExitStatus);
    }

    [Theory]
    [InlineData("2147483646")]
    [InlineData("1")]
    public async Task Create_PidOfNoProcessOfTheCommand_FailsAndTheIdIsFreeAgain(string pid)
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        CreateRequest request = lab.Prepare("c1", "exit 4");

        CridException failure = await Assert.ThrowsAsync<CridException>(() => lab.Client.CreateAsync(
            request with { Command = ["/bin/sh", "-c", $"echo {pid} > {request.PidFile}"] }, TestContext.Current.CancellationToken));
        IReadOnlyList<KeptProcess> kept = await lab.Client.ListAsync(TestContext.Current.CancellationToken);
        await lab.RunAsync(request);

        Assert.Contains($"left pid {pid} ", failure.Message, StringComparison.Ordinal);
        Assert.Empty(kept);
        Assert.Equal(4, (await lab.WaitForExitAsync("c1")).ExitStatus);
    }

    [Fact]
    public async Task Create_ProcessThatEndsBeforeItsCommand_IsKeptWithItsExit()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        CreateRequest request = lab.PrepareProcess("c1", "true");

        // The shell between them ends first, so that it is the keeper that reaps the process; and the command waits for that.
        string process = "while [ ! -e go ]; do sleep 0.01; done; exit 6";
        string command = $"(sh -c '{process}' & echo $! > {request.PidFile}); : > go; while [ -e /proc/$(cat {request.PidFile}) ]; do sleep 0.01; done";
        SpawnResult created = await lab.Client.CreateAsync(request with { Command = ["/bin/sh", "-c", command] }, TestContext.Current.CancellationToken);

        Assert.Equal(0, created.RuntimeExitStatus);
        Assert.Equal(6, (await lab.WaitForExitAsync("c1")).ExitStatus);
    }

    [Theory]
    [InlineData("cat /dev/zero | head -c 3000000; cat /dev/zero | head -c 3000000 >&2")]
    [InlineData("exec 3>&1 >&- 2>&-; exec 3>&-; sleep 0.5; exec > /dev/null 2>&1")]
    public async Task Create_CommandThatWritesMuchOrClosesItsOutput_IsNotHeldUpAndNothingOfItIsLogged(string before)
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        CreateRequest request = lab.PrepareProcess("c1", "echo words; exit 4");

        SpawnResult created = await lab.Client.CreateAsync(
            request with { Command = ["/bin/sh", "-c", $"{before}; {request.Command[^1]}"] }, TestContext.Current.CancellationToken);
        lab.Begin("c1");

        Assert.Equal(0, created.RuntimeExitStatus);
        Assert.Equal(4, (await lab.WaitForExitAsync("c1")).ExitStatus);
        Assert.Equal(before.StartsWith("cat", StringComparison.Ordinal) ? ["stdout F words"] : [], lab.ReadLogLines("c1"));
    }

    [Fact]
    public async Task Create_CommandHangs_IsKilledAtItsTimeout()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        CreateRequest request = lab.Prepare("c1", "true") with { Command = ["/bin/sleep", "600"], Timeout = TimeSpan.FromMilliseconds(200) };

        CridException failure = await Assert.ThrowsAsync<CridException>(() => lab.Client.CreateAsync(request, TestContext.Current.CancellationToken));

        Assert.Equal(ErrorKind.DeadlineExceeded, failure.Kind);
    }

    [Fact]
    public async Task Create_Canceled_KillsTheCommand()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        using CancellationTokenSource cancel = new(TimeSpan.FromMilliseconds(200));

        Task<SpawnResult> create = lab.Client.CreateAsync(lab.Prepare("c1", "true") with { Command = ["/bin/sleep", "611"] }, cancel.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => create);
        Assert.DoesNotContain(LabProcessInfo.List(), process => process.CommandLine.Contains("sleep 611", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Create_IdInUse_IsAlreadyExists()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        CreateRequest request = lab.Prepare("c1", "sleep 600");
        await lab.RunAsync(request);

        CridException failure = await Assert.ThrowsAsync<CridException>(() => lab.Client.CreateAsync(request, TestContext.Current.CancellationToken));

        Assert.Equal(ErrorKind.AlreadyExists, failure.Kind);
    }

    [Fact]
    public async Task Create_LineLongerThanTheLimit_IsSplit()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();

        await lab.RunAsync(lab.Prepare("c1", "busybox head -c 40000 /dev/zero | busybox tr '\\0' x; echo end"));
        await lab.WaitForExitAsync("c1");

        string[] lines = lab.ReadLogLines("c1");
        Assert.Equal(["P", "P", "F"], lines.Select(line => line.Split(' ')[1]));
        Assert.Equal([16384, 16384, (40000 - 32768) + 3], lines.Select(line => line.Length - "stdout P ".Length));
    }

    [Fact]
    public async Task Create_MuchOutput_IsLoggedCompletelyBeforeTheExitIsReported()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();

        await lab.RunAsync(lab.Prepare("c1", "busybox seq 1 200000"));
        await lab.WaitForExitAsync("c1");

        Assert.Equal(Enumerable.Range(1, 200000).Select(number => $"stdout F {number}"), lab.ReadLogLines("c1"));
    }

    [Fact]
    public async Task Create_Terminal_LogsWhatItShows()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();

        await lab.RunAsync(lab.Prepare("c1", "test -t 0 && test -t 1 && echo terminal", terminal: true));
        ProcessExit exit = await lab.WaitForExitAsync("c1");

        Assert.Equal(0, exit.ExitStatus);
        Assert.Equal(["stdout F terminal\r"], lab.ReadLogLines("c1"));
    }

    [Fact]
    public async Task Terminal_NobodyHasItOpenForAWhile_GoesOn()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();

        await lab.RunAsync(lab.Prepare(
            "c1",
            "trap '' HUP; T=$(busybox readlink /proc/self/fd/0); echo one; exec < /dev/null > /dev/null 2>&1; busybox usleep 300000; echo two > $T; "
                + "busybox usleep 300000; busybox seq 1 20000 > $T; read a < $T; echo got $a > $T; exit 3",
            terminal: true));
        await Eventually.TrueAsync(() => lab.ReadLog("c1").Contains(" 20000\r", StringComparison.Ordinal), "the terminal is read again");
        using SafeFileHandle? master = await lab.Client.AttachAsync(new AttachRequest { Id = "c1" }, TestContext.Current.CancellationToken);
        _ = Descriptor.TryWrite(Assert.IsType<SafeFileHandle>(master), "words\n"u8, out _);

        Assert.Equal(3, (await lab.WaitForExitAsync("c1")).ExitStatus);
        Assert.Equal(
            ["one\r", "two\r", .. Enumerable.Range(1, 20_000).Select(static number => $"{number}\r"), "words\r", "got words\r"],
            lab.ReadLogLines("c1").Select(static line => line["stdout F ".Length..]));
    }

    [Fact]
    public async Task Create_StdinKept_ReadsDoNotEnd()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        CreateRequest request = lab.Prepare("c1", "read line; echo got $line") with { Stdin = true };
        await lab.RunAsync(request);

        await File.WriteAllTextAsync($"{request.IoDirectory}/stdin", "words\n", TestContext.Current.CancellationToken);

        Assert.Equal(0, (await lab.WaitForExitAsync("c1")).ExitStatus);
        Assert.Equal(["stdout F got words"], lab.ReadLogLines("c1"));
    }

    [Fact]
    public async Task ReopenLog_FileRenamed_GoesOnInANewOne()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        CreateRequest request = lab.Prepare("c1", "echo before; read line; echo after") with { Stdin = true };
        await lab.RunAsync(request);
        await Eventually.TrueAsync(() => lab.ReadLog("c1").Contains("before", StringComparison.Ordinal), "the first line is logged");
        File.Move(lab.LogOf("c1"), $"{lab.LogOf("c1")}.old");

        await lab.Client.ReopenLogAsync("c1", TestContext.Current.CancellationToken);
        bool exists = File.Exists(lab.LogOf("c1"));
        await File.WriteAllTextAsync($"{request.IoDirectory}/stdin", "\n", TestContext.Current.CancellationToken);
        await lab.WaitForExitAsync("c1");

        Assert.True(exists);
        Assert.Equal(["stdout F after"], lab.ReadLogLines("c1"));
        Assert.Equal(ErrorKind.FailedPrecondition, (await ReopenFailureAsync(lab, "c1")).Kind);
        Assert.Equal(ErrorKind.NotFound, (await ReopenFailureAsync(lab, "unknown")).Kind);
    }

    [Fact]
    public async Task Forget_ExitedContainer_RemovesItsFilesAndAcceptsUnknownIds()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        CreateRequest request = lab.Prepare("c1", "true");
        await lab.RunAsync(request);
        await lab.WaitForExitAsync("c1");

        await lab.Client.ForgetAsync("c1", TestContext.Current.CancellationToken);
        await lab.Client.ForgetAsync("unknown", TestContext.Current.CancellationToken);

        Assert.Empty(await lab.Client.ListAsync(TestContext.Current.CancellationToken));
        Assert.Empty(Directory.EnumerateFileSystemEntries(request.IoDirectory));
        Assert.Empty(Directory.EnumerateFiles(lab.Directories.Keeper));
    }

    [Fact]
    public async Task Exit_NobodyConnected_IsReportedAfterConnecting()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        CreateRequest request = lab.Prepare("c1", "read line; exit 9") with { Stdin = true };
        await lab.RunAsync(request);
        await lab.Client.DisposeAsync();

        await File.WriteAllTextAsync($"{request.IoDirectory}/stdin", "\n", TestContext.Current.CancellationToken);
        await lab.ConnectAsync();

        Assert.Equal(9, (await lab.WaitForExitAsync("c1")).ExitStatus);
    }

    [Fact]
    public async Task Exec_CallersDescriptors_AreItsStdio()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        await lab.RunAsync(lab.Prepare("c1", "sleep 600"));
        PipeEnds output = Descriptor.CreatePipe();
        using DescriptorReader reader = new(lab.Loop, output.Reader);
        ExecRequest request = new()
        {
            Id = "c1-exec",
            Command = [LabMachine.RuntimePath, "--root", lab.RuntimeRoot, "exec", "--detach", "--pid-file", $"{lab.BundleOf("c1")}/exec.pid",
                "c1", "/bin/busybox", "sh", "-c", "echo hello; exit 5"],
            BundleDirectory = lab.BundleOf("c1"),
            PidFile = $"{lab.BundleOf("c1")}/exec.pid",
            Stdout = output.Writer,
        };

        SpawnResult result = await lab.Client.ExecAsync(request, TestContext.Current.CancellationToken);
        output.Writer.Dispose();
        string text = await ReadAllAsync(reader);

        Assert.Equal(0, result.RuntimeExitStatus);
        Assert.Equal("hello\n", text);
        Assert.Equal(5, (await lab.WaitForExitAsync("c1-exec")).ExitStatus);
    }

    [Fact]
    public async Task Exec_CommandFails_GivesItsStatus()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        ExecRequest request = new() { Id = "e1", Command = ["/bin/false"], BundleDirectory = "/", PidFile = $"{lab.Directories.Run}/e1.pid" };

        SpawnResult result = await lab.Client.ExecAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(new SpawnResult(1, 0, 0), result);
    }

    [Fact]
    public async Task Exec_LongCommandLine_IsPassed()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        string[] padding = Enumerable.Repeat(new string('x', 100_000), 8).ToArray();
        ExecRequest request = new()
        {
            Id = "e1",
            Command = ["/bin/sh", "-c", "sleep 0.1 & echo $! > $0; exit $(($# == 8 ? 0 : 1))", $"{lab.Directories.Run}/e1.pid", .. padding],
            BundleDirectory = "/",
            PidFile = $"{lab.Directories.Run}/e1.pid",
        };

        SpawnResult result = await lab.Client.ExecAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(0, result.RuntimeExitStatus);
        Assert.Equal(0, (await lab.WaitForExitAsync("e1")).ExitStatus);
    }

    private const UnixFileMode Mode0640 = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    private static Task<CridException> ReopenFailureAsync(KeeperLab lab, string id) =>
        Assert.ThrowsAsync<CridException>(() => lab.Client.ReopenLogAsync(id, TestContext.Current.CancellationToken));

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
