using Crid.Keeper.Protocol;
using Crid.Linux;

namespace Crid.HostTests;

/// <summary>A keeper ends, by SIGKILL or in order, and the next one goes on.</summary>
public sealed class KeeperTakeOverTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TakeOver_RunningContainer_KeepsLogAndExitStatus(bool kill)
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        CreateRequest request = lab.Prepare("c1", "echo first; read line; echo second; read line; echo third; exit 7") with { Stdin = true };
        SpawnResult created = await lab.RunAsync(request);
        await Eventually.TrueAsync(() => lab.ReadLog("c1").Contains("first", StringComparison.Ordinal), "the first line is logged");

        await (kill ? lab.Process.KillAsync() : lab.Process.TerminateAsync());
        // The container writes while there is no keeper.
        await File.WriteAllTextAsync($"{request.IoDirectory}/stdin", "\n", TestContext.Current.CancellationToken);
        lab.StartKeeper();
        KeptProcess kept = Assert.Single(await lab.Client.ListAsync(TestContext.Current.CancellationToken));
        await Eventually.TrueAsync(() => lab.ReadLog("c1").Contains("second", StringComparison.Ordinal), "the second line is logged");
        await File.WriteAllTextAsync($"{request.IoDirectory}/stdin", "\n", TestContext.Current.CancellationToken);
        ProcessExit exit = await lab.WaitForExitAsync("c1");

        Assert.Equal(new KeptProcess("c1", created.Pid, created.StartTimeTicks, Exit: null), kept);
        // The container is another process's child now; newer kernels tell its exit by a pidfd.
        Assert.Contains(exit.ExitStatus, LabMachine.ExitsOfOrphan(7));
        Assert.Equal(["stdout F first", "stdout F second", "stdout F third"], lab.ReadLogLines("c1"));
    }

    [Fact]
    public async Task TakeOver_IncompleteLineAtOrderlyEnd_IsLoggedInTwoParts()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        CreateRequest request = lab.Prepare("c1", "echo first; echo -n 'half '; read line; echo rest") with { Stdin = true };
        await lab.RunAsync(request);
        await Eventually.TrueAsync(() => lab.ReadLog("c1").Contains("first", StringComparison.Ordinal), "the first line is logged");
        await Task.Delay(100, TestContext.Current.CancellationToken);

        await lab.Process.TerminateAsync();
        lab.StartKeeper();
        Assert.Single(await lab.Client.ListAsync(TestContext.Current.CancellationToken));
        await File.WriteAllTextAsync($"{request.IoDirectory}/stdin", "\n", TestContext.Current.CancellationToken);
        await lab.WaitForExitAsync("c1");

        Assert.Equal(["stdout F first", "stdout P half ", "stdout F rest"], lab.ReadLogLines("c1"));
    }

    [Fact]
    public async Task TakeOver_ContainerEndedMeanwhile_IsReportedAsEnded()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        SpawnResult created = await lab.RunAsync(lab.Prepare("c1", "sleep 600"));
        await lab.Process.KillAsync();
        LabCleanup.Kill(created.Pid);
        await Eventually.TrueAsync(() => ProcessStat.Find(created.Pid) is null or { IsEnded: true }, "the container has ended");

        lab.StartKeeper();

        // 137 where its new parent has left the zombie for the keeper to read, else it can't be known.
        Assert.Contains((await lab.WaitForExitAsync("c1")).ExitStatus, new[] { 137, ProcessExit.Unknown });
    }

    [Fact]
    public async Task TakeOver_ExitNotForgotten_IsReportedAgain()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        await lab.RunAsync(lab.Prepare("c1", "exit 4"));
        ProcessExit before = await lab.WaitForExitAsync("c1");
        await lab.Process.KillAsync();

        lab.StartKeeper();
        KeptProcess kept = Assert.Single(await lab.Client.ListAsync(TestContext.Current.CancellationToken));

        Assert.Equal(before, kept.Exit);
    }

    [Fact]
    public async Task TakeOver_CommandWasRunning_IsEndedAndTheIdIsFree()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        CreateRequest request = lab.Prepare("c1", "exit 0");
        Task<SpawnResult> create = lab.Client.CreateAsync(request with { Command = ["/bin/sleep", "612"] }, TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => FindSleep() is not null, "the command runs");
        // A moment after it runs its pid is recorded.
        await Task.Delay(500, TestContext.Current.CancellationToken);

        await lab.Process.KillAsync();
        Crid.Core.CridException failure = await Assert.ThrowsAsync<Crid.Core.CridException>(() => create);
        lab.StartKeeper();
        Assert.Empty(await lab.Client.ListAsync(TestContext.Current.CancellationToken));
        await Eventually.TrueAsync(() => FindSleep() is null, "the command has ended");
        await lab.RunAsync(request);

        Assert.Equal(Crid.Core.ErrorKind.Unavailable, failure.Kind);
        Assert.Equal(0, (await lab.WaitForExitAsync("c1")).ExitStatus);
    }

    [Fact]
    public async Task Start_SecondKeeper_LeavesTheFirstAlone()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();

        await using LabProcess second = LabProcess.Start($"{lab.Directories.Run}/second.log", KeeperLab.KeeperPath, "--run-directory", lab.Directories.Run);
        await Eventually.TrueAsync(() => second.HasExited, "the second keeper has ended");

        Assert.Equal(3, second.ExitCode);
        Assert.Empty(await lab.Client.ListAsync(TestContext.Current.CancellationToken));
    }

    private static LabProcessInfo? FindSleep() =>
        LabProcessInfo.List().FirstOrDefault(process => process.CommandLine.Contains("sleep 612", StringComparison.Ordinal));
}
