namespace Crid.Linux.Tests;

public sealed class ProcessHandleTests : IDisposable
{
    private readonly EventLoop _loop = new();

    public void Dispose() => _loop.Dispose();

    [Fact]
    public async Task SendSignal_RunningChild_EndsWithThatSignal()
    {
        int pid = Sleep();
        using ProcessHandle handle = OpenByStartTime(pid);

        Assert.True(handle.SendSignal(SignalNames.Terminate));
        await handle.WaitForExitAsync(_loop, TestContext.Current.CancellationToken);

        Assert.Equal(new ProcessEnd(pid, 143), handle.TryReap());
        Assert.False(handle.SendSignal(SignalNames.Kill));
    }

    [Fact]
    public async Task WaitForExitAsync_SeveralWaiters_AllComplete()
    {
        using ProcessHandle handle = OpenByStartTime(Sleep());
        using CancellationTokenSource canceled = new();
        Task first = handle.WaitForExitAsync(_loop, TestContext.Current.CancellationToken);
        Task second = handle.WaitForExitAsync(_loop, TestContext.Current.CancellationToken);
        Task left = handle.WaitForExitAsync(_loop, canceled.Token);

        await canceled.CancelAsync();
        handle.SendSignal(SignalNames.Kill);
        await Task.WhenAll(first, second);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        Assert.Equal(137, handle.TryReap()?.ExitStatus);
    }

    [Fact]
    public void Open_OtherStartTime_IsNull()
    {
        ulong start = ProcessStat.Find(Environment.ProcessId)!.Value.StartTimeTicks;

        using ProcessHandle? same = ProcessHandle.Open(Environment.ProcessId, start);
        using ProcessHandle? other = ProcessHandle.Open(Environment.ProcessId, start + 1);

        Assert.NotNull(same);
        Assert.Null(other);
    }

    [Fact]
    public async Task Open_ReapedProcess_IsNull()
    {
        int pid = ProcessSpawner.Spawn(new SpawnRequest { Path = "/bin/true", Arguments = ["true"] });
        using ProcessHandle handle = ProcessHandle.Open(pid);
        ulong start = ProcessStat.Find(pid)!.Value.StartTimeTicks;
        await handle.WaitForExitAsync(_loop, TestContext.Current.CancellationToken);
        handle.TryReap();

        Assert.Null(ProcessHandle.Open(pid, start));
    }

    [Fact]
    public async Task FindExitStatus_EndedButNotReaped_IsKnown()
    {
        using ProcessHandle handle = ProcessHandle.Open(ProcessSpawner.Spawn(new SpawnRequest { Path = "/bin/sh", Arguments = ["sh", "-c", "exit 9"] }));

        await handle.WaitForExitAsync(_loop, TestContext.Current.CancellationToken);

        Assert.Equal(9, handle.FindExitStatus());
        Assert.Equal(9, handle.TryReap()?.ExitStatus);
    }

    [Fact]
    public async Task FindExitStatus_ReapedByAnother_IsKnownWhereTheKernelTellsIt()
    {
        Assert.SkipUnless(Environment.OSVersion.Version >= new Version(6, 15), "the kernel is older than 6.15");
        int pid = ProcessSpawner.Spawn(new SpawnRequest { Path = "/bin/sh", Arguments = ["sh", "-c", "exit 9"] });
        using ProcessHandle observer = ProcessHandle.Open(pid);
        await observer.WaitForExitAsync(_loop, TestContext.Current.CancellationToken);
        ChildProcesses.TryReap(pid);

        int? status = observer.FindExitStatus();

        Assert.Equal(9, status);
    }

    [Fact]
    public void FindExitStatus_Running_IsNull()
    {
        using ProcessHandle self = ProcessHandle.Open(Environment.ProcessId);

        Assert.Null(self.FindExitStatus());
    }

    private static int Sleep() => ProcessSpawner.Spawn(new SpawnRequest { Path = "/bin/sleep", Arguments = ["sleep", "600"] });

    private static ProcessHandle OpenByStartTime(int pid) => ProcessHandle.Open(pid, ProcessStat.Find(pid)!.Value.StartTimeTicks)!;
}
