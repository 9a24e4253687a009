using Microsoft.Extensions.Logging;

namespace Crid.Core;

/// <summary>
/// Undoes the finished steps of an operation in reverse order unless the operation commits. An undo runs on its own timeout, must accept
/// that its step never happened, and its failure is logged and does not keep the others from running.
/// </summary>
public sealed class Rollback : IAsyncDisposable
{
    private readonly ILogger _logger;
    private readonly TimeSpan _undoTimeout;
    private readonly Stack<(string Step, Func<CancellationToken, Task> Undo)> _steps = new();

    public Rollback(ILogger logger, TimeSpan undoTimeout)
    {
        _logger = logger;
        _undoTimeout = undoTimeout;
    }

    /// <summary>False once an undo has failed: something is left that a later Stop or Remove has to finish.</summary>
    public bool IsClean { get; private set; } = true;

    /// <summary>Registers the undo of a step; before the step is begun when the step can fail half-way.</summary>
    public void Add(string step, Func<CancellationToken, Task> undo) => _steps.Push((step, undo));

    /// <summary>The operation succeeded: nothing is undone.</summary>
    public void Commit() => _steps.Clear();

    public async ValueTask DisposeAsync()
    {
        while (_steps.TryPop(out (string Step, Func<CancellationToken, Task> Undo) step))
        {
            using CancellationTokenSource timeout = new(_undoTimeout);
            try
            {
                await step.Undo(timeout.Token);
            }
            catch (Exception exception)
            {
                IsClean = false;
                CoreLog.UndoFailed(_logger, exception, step.Step);
            }
        }
    }
}
