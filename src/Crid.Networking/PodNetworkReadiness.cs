using Crid.Core;
using Microsoft.Extensions.Logging;

namespace Crid.Networking;

/// <summary>Follows the configuration directory and the plugins' own STATUS in the background, so that both are answered from memory.</summary>
internal sealed class PodNetworkReadiness : IDisposable
{
    private static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StatusTimeout = TimeSpan.FromSeconds(10);

    private readonly CniConfigurationDirectory _configuration;
    private readonly CniChain _chain;
    private readonly TimeSpan _pollInterval;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly CancellationTokenSource _stopping = new();
    private string _pluginProblem = "";
    private string _reported = "";
    private IReadOnlyList<CniNetwork> _checkedNetworks = [];
    private long _checkedAt;

    public PodNetworkReadiness(CniConfigurationDirectory configuration, CniChain chain, TimeSpan pollInterval, ILogger logger, TimeProvider time)
    {
        _configuration = configuration;
        _chain = chain;
        _pollInterval = pollInterval;
        _logger = logger;
        _time = time;
    }

    /// <summary>Why pods can't be attached now; empty while they can.</summary>
    public string Problem => _configuration.Problem is { Length: > 0 } problem ? problem : Volatile.Read(ref _pluginProblem);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await RefreshAsync(cancellationToken);
        _ = FollowAsync(_stopping.Token);
    }

    /// <summary>The networks that new sandboxes join. Where none is known the directory is looked at first; empty where there is still none.</summary>
    public async Task<IReadOnlyList<CniNetwork>> FindNetworksAsync(CancellationToken cancellationToken)
    {
        if (_configuration.Networks.Count == 0)
        {
            await RefreshAsync(cancellationToken);
        }

        return _configuration.Networks;
    }

    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            await _configuration.RefreshAsync(cancellationToken);
            await CheckPluginsAsync(cancellationToken);
            if (Problem != _reported && Problem.Length > 0)
            {
                NetworkingLog.NotReady(_logger, Problem);
            }

            _reported = Problem;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        if (!_stopping.IsCancellationRequested)
        {
            _stopping.Cancel();
            _stopping.Dispose();
        }
    }

    private async Task FollowAsync(CancellationToken stopping)
    {
        using PeriodicTimer timer = new(_pollInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                await TryRefreshAsync(stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The daemon ends.
        }
    }

    private async Task TryRefreshAsync(CancellationToken stopping)
    {
        try
        {
            await RefreshAsync(stopping);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            NetworkingLog.RefreshFailed(_logger, exception);
        }
    }

    /// <summary>Asks the plugins of networks whose version has STATUS, now and then.</summary>
    private async Task CheckPluginsAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<CniNetwork> networks = [.. _configuration.Networks.Where(static network => network.IsAtLeast(CniVersion.WithStatus))];
        if (networks.SequenceEqual(_checkedNetworks) && _time.GetElapsedTime(_checkedAt) < StatusInterval)
        {
            return;
        }

        string problem = "";
        try
        {
            foreach (CniNetwork network in networks)
            {
                await _chain.CheckStatusAsync(network, CniCall.WithoutSandbox("STATUS"), StatusTimeout, cancellationToken);
            }
        }
        catch (CridException exception)
        {
            problem = exception.Message;
        }

        _checkedNetworks = networks;
        _checkedAt = _time.GetTimestamp();
        Volatile.Write(ref _pluginProblem, problem);
    }
}
