using Crid.Testing;

namespace Crid.Linux.Tests;

public sealed class ProgramLeaseTests
{
    [Fact]
    public async Task AcquireAsync_ProgramOfADeadProcessRuns_WaitsForItsEnd()
    {
        using TemporaryDirectory directory = new();
        string path = $"{directory.Path}/programs.lock";
        using EventLoop loop = new();
        ProgramLease former = await AcquireAsync(path);
        ProgramRunner runner = new(loop, TimeProvider.System, former);
        using CancellationTokenSource kill = new();
        Task program = runner.RunAsync(new ProgramRequest { Path = "/bin/sleep", Arguments = ["60"] }, kill.Token);
        former.Dispose();

        Task<ProgramLease> waiting = AcquireAsync(path);
        Assert.Null(FileLock.TryAcquire(path));
        Assert.False(waiting.IsCompleted);
        await kill.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => program);

        using ProgramLease lease = await waiting;
        Assert.False(lease.LeftRunning);
    }

    [Fact]
    public async Task AcquireAsync_ProgramHangs_GoesOnBesideItWithALockOfItsOwn()
    {
        using TemporaryDirectory directory = new();
        string path = $"{directory.Path}/programs.lock";
        using ProgramLease hanging = await AcquireAsync(path);

        using ProgramLease lease = await ProgramLease.AcquireAsync(path, TimeSpan.Zero, TimeProvider.System, CancellationToken.None);

        Assert.True(lease.LeftRunning);
        Assert.Null(FileLock.TryAcquire(path));
    }

    private static Task<ProgramLease> AcquireAsync(string path) =>
        ProgramLease.AcquireAsync(path, TimeSpan.FromMinutes(1), TimeProvider.System, CancellationToken.None);
}
