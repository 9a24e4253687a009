using System.Net;
using Crid.Core;
using Crid.Linux;
using Microsoft.Extensions.Logging;

namespace Crid.Networking;

/// <summary>The pod networks of this node: the chains of CNI plugins that the configuration directories name.</summary>
public sealed class PodNetwork : IPodNetwork, IDisposable
{
    private const string NotReadyReason = "NetworkPluginNotReady";

    private readonly NetworkOptions _options;
    private readonly ILogger<PodNetwork> _logger;
    private readonly SandboxAttachments _attachments;
    private readonly PodNetworkReadiness _node;
    private readonly Dictionary<string, PodNetworkReadiness> _handlers;
    private readonly KeyedLock<string> _locks = new();
    private Task _collecting = Task.CompletedTask;

    public PodNetwork(NetworkOptions options, IProgramRunner programs, ILogger<PodNetwork> logger, TimeProvider time)
    {
        _options = options;
        _logger = logger;
        CniPluginRunner runner = new(options.PluginDirectories, programs, logger, time);
        CniChain chain = new(runner, time);
        _attachments = new SandboxAttachments(options, chain, logger);
        _node = Follow(options.ConfigurationDirectory, options.Networks);
        _handlers = options.Handlers.ToDictionary(
            static handler => handler.Key, handler => Follow(handler.Value.ConfigurationDirectory, handler.Value.Networks));

        PodNetworkReadiness Follow(string directory, int maximum) =>
            new(new CniConfigurationDirectory(directory, maximum, runner, logger), chain, options.PollInterval, logger, time);
    }

    /// <summary>The CIDRs that the node was given last; empty before.</summary>
    public string PodCidr { get; private set; } = "";

    private IEnumerable<PodNetworkReadiness> All => _handlers.Values.Prepend(_node);

    /// <summary>Loads the configurations and begins to follow their changes.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => Task.WhenAll(All.Select(network => network.StartAsync(cancellationToken)));

    public void Dispose()
    {
        foreach (PodNetworkReadiness network in All)
        {
            network.Dispose();
        }
    }

    public NetworkStatus GetStatus(string runtimeHandler = "")
    {
        string problem = Of(runtimeHandler).Problem;
        return problem.Length == 0 ? new NetworkStatus(true, "", "") : new NetworkStatus(false, NotReadyReason, problem);
    }

    public async Task<PodAddresses> AttachAsync(AttachmentRequest request, CancellationToken cancellationToken)
    {
        PodNetworkReadiness ofHandler = Of(request.RuntimeHandler);
        IReadOnlyList<CniNetwork> networks = await ofHandler.FindNetworksAsync(cancellationToken);
        if (networks.Count == 0)
        {
            throw new CridException(ErrorKind.Unavailable, $"the pod network is not ready: {ofHandler.Problem}");
        }

        await _collecting.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        using IDisposable held = await _locks.AcquireAsync(request.SandboxId.Value, cancellationToken);
        return await _attachments.AttachAsync(request, networks, cancellationToken);
    }

    public async Task DetachAsync(AttachmentRequest request, CancellationToken cancellationToken)
    {
        using IDisposable held = await _locks.AcquireAsync(request.SandboxId.Value, cancellationToken);
        int cached = await _attachments.DetachCachedAsync(request.SandboxId.Value, request.NetnsPath, cancellationToken);
        IReadOnlyList<CniNetwork> networks = await Of(request.RuntimeHandler).FindNetworksAsync(cancellationToken);
        if (cached + networks.Count == 0)
        {
            NetworkingLog.NothingToDetach(_logger, request.SandboxId.Value);
        }

        try
        {
            await _attachments.DetachAsync(request, networks, first: cached, cancellationToken);
        }
        catch (CridException exception) when (exception.Kind == ErrorKind.InvalidArgument)
        {
            // Such a request was refused by Attach before any plugin ran.
        }
    }

    public async Task CheckAsync(string sandboxId, CancellationToken cancellationToken)
    {
        using IDisposable held = await _locks.AcquireAsync(sandboxId, cancellationToken);
        await _attachments.CheckAsync(sandboxId, cancellationToken);
    }

    public Task CollectGarbageAsync(CancellationToken cancellationToken) => _collecting = CollectAsync(cancellationToken);

    public IReadOnlyList<string> ListAttachments() => _attachments.ListSandboxes();

    public async Task DetachOrphanAsync(string sandboxId, CancellationToken cancellationToken)
    {
        using IDisposable held = await _locks.AcquireAsync(sandboxId, cancellationToken);
        await _attachments.DetachCachedAsync(sandboxId, netnsPath: null, cancellationToken);
    }

    public async Task UpdatePodCidrAsync(string podCidr, CancellationToken cancellationToken)
    {
        List<IPNetwork> cidrs = [];
        foreach (string text in podCidr.Split(',', StringSplitOptions.TrimEntries))
        {
            cidrs.Add(text.Contains('/', StringComparison.Ordinal) && IPNetwork.TryParse(text, out IPNetwork cidr)
                ? cidr
                : throw CridException.InvalidArgument($"'{text}' is not a CIDR"));
        }

        PodCidr = podCidr;
        NetworkingLog.PodCidrSet(_logger, podCidr);
        if (_options.Template.Length > 0)
        {
            // A network whose plugins say that they are not ready yet is one too: it must not get a rival.
            IReadOnlyList<CniNetwork> networks = await _node.FindNetworksAsync(cancellationToken);
            CniTemplate template = new(_options.Template, _options.ConfigurationDirectory, _logger);
            if (template.Apply(cidrs, isNeeded: networks.Count == 0))
            {
                await _node.RefreshAsync(cancellationToken);
            }
        }
    }

    private PodNetworkReadiness Of(string runtimeHandler) => _handlers.GetValueOrDefault(runtimeHandler, _node);

    private async Task CollectAsync(CancellationToken cancellationToken)
    {
        _attachments.RemoveUnfinished();
        List<CridException> failures = [];
        foreach (PodNetworkReadiness ofHandler in All)
        {
            foreach (CniNetwork network in await ofHandler.FindNetworksAsync(cancellationToken))
            {
                try
                {
                    await _attachments.CollectGarbageAsync(network, cancellationToken);
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    failures.Add(CridException.Wrap($"network '{network.Name}'", exception));
                }
            }
        }

        if (failures.Count > 0)
        {
            throw new CridException(ErrorKind.Internal, string.Join("; ", failures.Select(static failure => failure.Message)), new AggregateException(failures));
        }
    }
}
