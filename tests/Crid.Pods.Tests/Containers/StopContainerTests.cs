using Crid.Core;

namespace Crid.Pods.Tests;

public sealed class StopContainerTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task StopAsync_ObedientProgram_EndsOnTheStopSignal()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();

        await lab.Containers.StopAsync(id.Value, Grace, CancellationToken.None);

        Assert.Equal([15], lab.ProcessOf(id).Signals);
        Assert.Equal(143, lab.StatusOf(id).ExitCode);
    }

    [Fact]
    public async Task StopAsync_DeafProgram_IsKilledAfterTheGracePeriod()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();
        lab.ProcessOf(id).EndsOnTerm = false;

        Task stop = lab.Containers.StopAsync(id.Value, Grace, CancellationToken.None);
        await SignalledAsync(lab, id, 1);
        lab.Time.Advance(Grace - TimeSpan.FromSeconds(1));
        Assert.Equal([15], lab.ProcessOf(id).Signals);
        lab.Time.Advance(TimeSpan.FromSeconds(1));
        await stop;

        Assert.Equal([15, 9], lab.ProcessOf(id).Signals);
        Assert.Equal(137, lab.StatusOf(id).ExitCode);
    }

    [Fact]
    public async Task StopAsync_NoGrace_KillsAtOnce()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();

        await lab.Containers.StopAsync(id.Value, TimeSpan.Zero, CancellationToken.None);

        Assert.Equal([9], lab.ProcessOf(id).Signals);
    }

    [Fact]
    public async Task StopAsync_FrozenContainer_IsThawedWhenItIsKilled()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();
        FakeProcess process = lab.ProcessOf(id);
        process.IsFrozen = true;
        lab.Cgroups.Frozen.Add(lab.StatusOf(id).CgroupPath, process);

        await lab.Containers.StopAsync(id.Value, TimeSpan.Zero, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal([9], process.Signals);
        Assert.Equal(137, lab.StatusOf(id).ExitCode);
    }

    [Fact]
    public async Task StopAsync_SecondCallWithLessGrace_ShortensTheFirst()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();
        lab.ProcessOf(id).EndsOnTerm = false;
        Task first = lab.Containers.StopAsync(id.Value, Grace, CancellationToken.None);
        await SignalledAsync(lab, id, 1);

        Task second = lab.Containers.StopAsync(id.Value, TimeSpan.FromSeconds(2), CancellationToken.None);
        lab.Time.Advance(TimeSpan.FromSeconds(2));
        await Task.WhenAll(first, second);

        Assert.Equal([15, 9], lab.ProcessOf(id).Signals);
    }

    [Fact]
    public async Task StopAsync_SecondCallWithMoreGrace_DoesNotExtendTheFirst()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();
        lab.ProcessOf(id).EndsOnTerm = false;
        Task first = lab.Containers.StopAsync(id.Value, Grace, CancellationToken.None);
        await SignalledAsync(lab, id, 1);

        Task second = lab.Containers.StopAsync(id.Value, Grace * 10, CancellationToken.None);
        lab.Time.Advance(Grace);

        await Task.WhenAll(first, second);
        Assert.Equal([15, 9], lab.ProcessOf(id).Signals);
    }

    [Fact]
    public async Task StopAsync_CallerLeaves_TheKillStillHappens()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();
        lab.ProcessOf(id).EndsOnTerm = false;
        using CancellationTokenSource caller = new();
        Task stop = lab.Containers.StopAsync(id.Value, Grace, caller.Token);
        await SignalledAsync(lab, id, 1);

        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stop);
        lab.Time.Advance(Grace);

        await Lab.UntilAsync(() => lab.StatusOf(id).State == ContainerState.Exited);
        Assert.Equal([15, 9], lab.ProcessOf(id).Signals);
    }

    [Fact]
    public async Task StopAsync_UnkillableProcess_FailsAndCanBeRepeated()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();
        lab.ProcessOf(id).IsUnkillable = true;
        Task stop = lab.Containers.StopAsync(id.Value, TimeSpan.Zero, CancellationToken.None);
        await SignalledAsync(lab, id, 1);
        await Lab.UntilAsync(() => lab.Time.PendingTimers > 0);

        lab.Time.Advance(TimeSpan.FromMinutes(1));
        CridException exception = await Assert.ThrowsAsync<CridException>(() => stop);
        lab.ProcessOf(id).IsUnkillable = false;
        await lab.Containers.StopAsync(id.Value, TimeSpan.Zero, CancellationToken.None);

        Assert.Equal(ErrorKind.DeadlineExceeded, exception.Kind);
        Assert.Equal(ContainerState.Exited, lab.StatusOf(id).State);
    }

    [Fact]
    public async Task StopAsync_Created_IsKilledWithoutGrace()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.CreateContainerAsync(await lab.RunSandboxAsync());

        await lab.Containers.StopAsync(id.Value, Grace, CancellationToken.None);

        Assert.Equal([9], lab.ProcessOf(id).Signals);
        Assert.Equal(ContainerState.Exited, lab.StatusOf(id).State);
    }

    [Fact]
    public async Task StopAsync_StartUnderWay_AsksTheProgramOnceItIsKnownToRun()
    {
        await using Lab lab = await Lab.OpenAsync();
        (ContainerId id, Task start) = await BeginStartAsync(lab);

        Task stop = lab.Containers.StopAsync(id.Value, Grace, CancellationToken.None);
        int[] early = await EarlySignalsAsync(lab, id);
        lab.Life.LetGo("start");
        await Task.WhenAll(start, stop);

        Assert.Empty(early);
        Assert.Equal([15], lab.ProcessOf(id).Signals);
        Assert.Equal(143, lab.StatusOf(id).ExitCode);
    }

    [Fact]
    public async Task StopAsync_StartOutlastsTheGracePeriod_Kills()
    {
        await using Lab lab = await Lab.OpenAsync();
        (ContainerId id, Task start) = await BeginStartAsync(lab);

        Task stop = lab.Containers.StopAsync(id.Value, Grace, CancellationToken.None);
        lab.Time.Advance(Grace);
        await stop;

        Assert.Equal([9], lab.ProcessOf(id).Signals);
        Assert.False(start.IsCompleted);
        lab.Life.LetGo("start");
        await start;
        Assert.Equal((ContainerState.Exited, 137), (lab.StatusOf(id).State, lab.StatusOf(id).ExitCode));
    }

    [Fact]
    public async Task StopAsync_NoGraceDuringAStart_KillsAtOnce()
    {
        await using Lab lab = await Lab.OpenAsync();
        (ContainerId id, Task start) = await BeginStartAsync(lab);

        await lab.Containers.StopAsync(id.Value, TimeSpan.Zero, CancellationToken.None);

        Assert.Equal([9], lab.ProcessOf(id).Signals);
        lab.Life.LetGo("start");
        await start;
    }

    [Fact]
    public async Task StopAsync_ProgramEndsDuringItsStart_ReturnsWithoutASignal()
    {
        await using Lab lab = await Lab.OpenAsync();
        (ContainerId id, Task start) = await BeginStartAsync(lab);

        Task stop = lab.Containers.StopAsync(id.Value, Grace, CancellationToken.None);
        int[] early = await EarlySignalsAsync(lab, id);
        lab.Machine.End(lab.ProcessOf(id), 3);
        await stop;
        lab.Life.LetGo("start");
        await start;

        Assert.Empty(early);
        Assert.Equal(3, lab.StatusOf(id).ExitCode);
    }

    [Fact]
    public async Task StopAsync_ExitedOrUnknown_IsFine()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();
        await lab.Containers.StopAsync(id.Value, TimeSpan.Zero, CancellationToken.None);

        await lab.Containers.StopAsync(id.Value, Grace, CancellationToken.None);
        await lab.Containers.StopAsync("feed", Grace, CancellationToken.None);

        Assert.Equal([9], lab.ProcessOf(id).Signals);
    }

    /// <summary>A container whose start has come as far as the OCI runtime, which does not return from it.</summary>
    private static async Task<(ContainerId Id, Task Start)> BeginStartAsync(Lab lab)
    {
        ContainerId id = await lab.CreateContainerAsync(await lab.RunSandboxAsync());
        Task arrived = lab.Life.Hold("start");
        Task start = lab.Containers.StartAsync(id.Value, CancellationToken.None);
        await arrived;
        return (id, start);
    }

    /// <summary>The signals of a stop that does not wait for the start.</summary>
    private static async Task<int[]> EarlySignalsAsync(Lab lab, ContainerId id)
    {
        await Task.Delay(50, TestContext.Current.CancellationToken);
        return [.. lab.ProcessOf(id).Signals];
    }

    private static Task SignalledAsync(Lab lab, ContainerId id, int count) =>
        Lab.UntilAsync(() => lab.ProcessOf(id).Signals.Count >= count);
}
