using Crid.Keeper.Protocol;

namespace Crid.Daemon;

/// <summary>Starts crid-keeper, and starts it again whenever it is gone, where no service manager does.</summary>
internal sealed class KeeperSupervisor : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly KeeperClient _keeper;
    private readonly KeeperLauncher _launcher;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private Task _watching = Task.CompletedTask;

    public KeeperSupervisor(KeeperClient keeper, KeeperLauncher launcher, TimeProvider time, ILogger logger)
    {
        _keeper = keeper;
        _launcher = launcher;
        _time = time;
        _logger = logger;
    }

    /// <summary>When this returns a keeper takes connections; from then on it is watched.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _launcher.EnsureAsync(cancellationToken);
        await _keeper.ConnectAsync(cancellationToken);
        _watching = WatchAsync(_stopping.Token);
    }

    /// <summary>Ends watching; the keeper stays.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _keeper.WaitUntilDisconnectedAsync(cancellationToken);
            long lost = _time.GetTimestamp();
            await StartAgainAsync(cancellationToken);

            // One that does not stay is started once in a while; one that does has connected by then.
            TimeSpan rest = Interval - _time.GetElapsedTime(lost);
            await Task.Delay(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, _time, cancellationToken);
        }
    }

    private async Task StartAgainAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await _launcher.EnsureAsync(cancellationToken))
            {
                DaemonMetrics.KeeperStarts.Add(1);
                DaemonLog.KeeperStarted(_logger);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            DaemonLog.KeeperNotStarted(_logger, exception);
        }
    }
}
