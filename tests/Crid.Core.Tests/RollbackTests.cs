using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.Core.Tests;

public class RollbackTests
{
    private readonly List<string> _undone = [];

    [Fact]
    public async Task Dispose_WithoutCommit_UndoesInReverseOrder()
    {
        Rollback rollback = New();
        rollback.Add("first", _ => Undo("first"));
        rollback.Add("second", _ => Undo("second"));

        await rollback.DisposeAsync();

        Assert.Equal(["second", "first"], _undone);
        Assert.True(rollback.IsClean);
    }

    [Fact]
    public async Task Dispose_AfterCommit_UndoesNothing()
    {
        Rollback rollback = New();
        rollback.Add("first", _ => Undo("first"));
        rollback.Commit();

        await rollback.DisposeAsync();

        Assert.Empty(_undone);
    }

    [Fact]
    public async Task Dispose_UndoFails_TheOthersStillRunAndItIsNotClean()
    {
        Rollback rollback = New();
        rollback.Add("first", _ => Undo("first"));
        rollback.Add("second", _ => throw new InvalidOperationException("no"));

        await rollback.DisposeAsync();

        Assert.Equal(["first"], _undone);
        Assert.False(rollback.IsClean);
    }

    [Fact]
    public async Task Dispose_UndoHangs_ItIsCancelledByTheTimeout()
    {
        Rollback rollback = new(NullLogger.Instance, TimeSpan.FromMilliseconds(20));
        rollback.Add("hangs", token => Task.Delay(Timeout.Infinite, token));

        await rollback.DisposeAsync();

        Assert.False(rollback.IsClean);
    }

    private static Rollback New() => new(NullLogger.Instance, TimeSpan.FromSeconds(10));

    private Task Undo(string step)
    {
        _undone.Add(step);
        return Task.CompletedTask;
    }
}
