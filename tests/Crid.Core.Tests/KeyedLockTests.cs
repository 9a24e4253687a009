namespace Crid.Core.Tests;

public class KeyedLockTests
{
    private readonly KeyedLock<string> _lock = new();

    [Fact]
    public async Task Acquire_SameKey_WaitsForTheHolder()
    {
        IDisposable first = await _lock.AcquireAsync("a", TestContext.Current.CancellationToken);
        Task<IDisposable> second = _lock.AcquireAsync("a", TestContext.Current.CancellationToken);
        Assert.False(second.IsCompleted);

        first.Dispose();

        (await second).Dispose();
    }

    [Fact]
    public async Task Acquire_OtherKey_DoesNotWait()
    {
        using IDisposable first = await _lock.AcquireAsync("a", TestContext.Current.CancellationToken);

        Task<IDisposable> other = _lock.AcquireAsync("b", TestContext.Current.CancellationToken);

        Assert.True(other.IsCompletedSuccessfully);
        (await other).Dispose();
    }

    [Fact]
    public async Task Acquire_CancelledWhileWaiting_LeavesTheKeyUsable()
    {
        IDisposable first = await _lock.AcquireAsync("a", TestContext.Current.CancellationToken);
        using CancellationTokenSource cancelled = new();
        Task<IDisposable> waiting = _lock.AcquireAsync("a", cancelled.Token);

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        first.Dispose();
        (await _lock.AcquireAsync("a", TestContext.Current.CancellationToken)).Dispose();
    }

    [Fact]
    public async Task Dispose_Twice_ReleasesOnce()
    {
        IDisposable first = await _lock.AcquireAsync("a", TestContext.Current.CancellationToken);
        first.Dispose();
        first.Dispose();

        using IDisposable second = await _lock.AcquireAsync("a", TestContext.Current.CancellationToken);
        Task<IDisposable> third = _lock.AcquireAsync("a", TestContext.Current.CancellationToken);

        Assert.False(third.IsCompleted);
        second.Dispose();
        (await third).Dispose();
    }
}
