using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Runtimes;

namespace Crid.Pods.Tests;

public sealed class ContainerExitTests
{
    [Theory]
    [InlineData(0, false, "Completed")]
    [InlineData(3, false, "Error")]
    [InlineData(137, false, "Error")]
    [InlineData(137, true, "OOMKilled")]
    public async Task Exit_ReportedByTheKeeper_IsRecorded(int code, bool outOfMemory, string reason)
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();
        if (outOfMemory)
        {
            lab.Machine.OutOfMemory.Add(lab.StatusOf(id).CgroupPath);
        }

        lab.Machine.End(lab.ProcessOf(id), code);

        await Lab.UntilAsync(() => lab.StatusOf(id).State == ContainerState.Exited);
        Assert.Equal((code, reason), (lab.StatusOf(id).ExitCode, lab.StatusOf(id).Reason));
        Assert.NotNull(lab.StatusOf(id).FinishedAt);
    }

    [Fact]
    public async Task Exit_ReportedTwice_TheFirstStands()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();
        lab.Machine.End(lab.ProcessOf(id), 4);
        await Lab.UntilAsync(() => lab.StatusOf(id).State == ContainerState.Exited);
        ContainerStatus before = lab.StatusOf(id);

        lab.Keeper.Raise(new ProcessExit(id.Value, 1, 9, DateTimeOffset.UnixEpoch));

        Assert.Equal(before, lab.StatusOf(id));
    }

    [Fact]
    public async Task Exit_KeeperSilentButKnows_ItsWordIsTaken()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();
        lab.Keeper.IsMute = true;

        lab.Machine.End(lab.ProcessOf(id), 5);
        await PassReportTimeAsync(lab, id);

        Assert.Equal(5, lab.StatusOf(id).ExitCode);
    }

    [Fact]
    public async Task Exit_KeeperLost_TheKernelsWordIsTaken()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();
        lab.Machine.KeeperIsDeaf = true;
        lab.ProcessOf(id).TellsStatus = true;

        lab.Machine.End(lab.ProcessOf(id), 6);
        await PassReportTimeAsync(lab, id);

        Assert.Equal((6, "Error"), (lab.StatusOf(id).ExitCode, lab.StatusOf(id).Reason));
    }

    [Fact]
    public async Task Exit_NobodyKnows_IsUnknown()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();
        lab.Machine.KeeperIsDeaf = true;

        lab.Machine.End(lab.ProcessOf(id), 6);
        await PassReportTimeAsync(lab, id);

        Assert.Equal((255, "Unknown"), (lab.StatusOf(id).ExitCode, lab.StatusOf(id).Reason));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Exit_KeeperAwayOrNotAwareYet_ItsLaterWordIsTaken(bool isAway)
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();
        lab.Keeper.IsMute = true;
        lab.Keeper.IsAway = isAway;
        KeptProcess unaware = lab.Machine.Kept[id.Value];
        lab.Machine.End(lab.ProcessOf(id), 5);
        ProcessExit exit = lab.Machine.Kept[id.Value].Exit!;
        lab.Machine.Kept[id.Value] = unaware;
        for (int i = 0; i < 3; i++)
        {
            await Lab.UntilAsync(() => lab.Time.PendingTimers > 0);
            lab.Time.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.Equal(ContainerState.Running, lab.StatusOf(id).State);
        lab.Keeper.IsMute = false;
        lab.Keeper.Raise(exit);

        await Lab.UntilAsync(() => lab.StatusOf(id).State == ContainerState.Exited);
        Assert.Equal(5, lab.StatusOf(id).ExitCode);
    }

    [Fact]
    public async Task Exit_KeeperAwayForGood_IsUnknownAtLast()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();
        lab.Keeper.IsMute = true;
        lab.Keeper.IsAway = true;

        lab.Machine.End(lab.ProcessOf(id), 5);
        await PassReportTimeAsync(lab, id);

        Assert.Equal((255, "Unknown"), (lab.StatusOf(id).ExitCode, lab.StatusOf(id).Reason));
    }

    [Fact]
    public async Task Exit_RowCantBeWritten_IsTriedAgain()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();
        lab.Life.Broken.Add("write container");
        lab.Machine.End(lab.ProcessOf(id), 2);
        await Lab.UntilAsync(() => lab.Life.Steps.Count(step => step == "write container") >= 4 && lab.Time.PendingTimers > 0);

        Assert.Equal(ContainerState.Running, lab.StatusOf(id).State);
        lab.Life.Broken.Clear();
        lab.Time.Advance(TimeSpan.FromSeconds(1));

        await Lab.UntilAsync(() => lab.StatusOf(id).State == ContainerState.Exited);
        Assert.Equal(2, lab.StatusOf(id).ExitCode);
    }

    [Fact]
    public async Task Exit_RowCantBeWrittenForLong_IsTriedByOneAndLessAndLessOften()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();
        lab.Life.Broken.Add("write container");
        int before = WritesOf(lab);
        lab.Machine.End(lab.ProcessOf(id), 2);
        await Lab.UntilAsync(() => WritesOf(lab) > before);

        for (int second = 0; second < 200; second++)
        {
            await Task.Delay(1);
            lab.Time.Advance(TimeSpan.FromSeconds(1));
        }

        // After 1, 3, 7, 15, 31 seconds, then every 30: eleven at most.
        Assert.InRange(WritesOf(lab) - before, 2, 11);
    }

    [Fact]
    public async Task StopAsync_ExitCantBeStored_SaysSoAndTheNextStopStoresItAtOnce()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();
        lab.Life.Broken.Add("write container");
        Task stopping = lab.Containers.StopAsync(id.Value, TimeSpan.FromMinutes(10), CancellationToken.None);
        await Lab.UntilAsync(() =>
        {
            lab.Time.Advance(TimeSpan.FromSeconds(1));
            return stopping.IsCompleted;
        });

        CridException exception = await Assert.ThrowsAsync<CridException>(() => stopping);
        Assert.Contains("has ended, but its exit can't be stored: write container fails", exception.Message, StringComparison.Ordinal);
        lab.Life.Broken.Clear();
        await lab.Containers.StopAsync(id.Value, TimeSpan.Zero, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal((ContainerState.Exited, 143), (lab.StatusOf(id).State, lab.StatusOf(id).ExitCode));
    }

    [Fact]
    public async Task Exit_CgroupCantBeRead_IsRecordedAllTheSame()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();
        lab.Cgroups.IsUnreadable = true;

        lab.Machine.End(lab.ProcessOf(id), 137);

        await Lab.UntilAsync(() => lab.StatusOf(id).State == ContainerState.Exited);
        Assert.Equal((137, "Error"), (lab.StatusOf(id).ExitCode, lab.StatusOf(id).Reason));
    }

    [Fact]
    public async Task Exit_SharedPidNamespace_KillsWhatIsLeft()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerSpec spec = Lab.ContainerSpec() with { Security = new SecuritySpec() };
        ContainerId id = await lab.RunContainerAsync(Lab.SandboxSpec(pid: NamespaceMode.Pod), spec);

        lab.Machine.End(lab.ProcessOf(id), 0);

        await Lab.UntilAsync(() => lab.Cgroups.Killed.Count > 0);
        Assert.Equal([lab.StatusOf(id).CgroupPath], lab.Cgroups.Killed);
        Assert.Equal((0, "Completed"), (lab.StatusOf(id).ExitCode, lab.StatusOf(id).Reason));
    }

    private static int WritesOf(Lab lab) => lab.Machine.Locked(() => lab.Life.Steps.Count(step => step == "write container"));

    private static async Task PassReportTimeAsync(Lab lab, ContainerId id)
    {
        await Lab.UntilAsync(() =>
        {
            lab.Time.Advance(TimeSpan.FromSeconds(1));
            return lab.StatusOf(id).State == ContainerState.Exited;
        });
    }
}
