using System.Net;
using System.Text.Json.Nodes;
using Crid.Core;
using Crid.Linux;
using Microsoft.Extensions.Logging;

namespace Crid.Networking;

/// <summary>The pod network of this node: the chain of CNI plugins that the configuration directory names.</summary>
public sealed class PodNetwork : IPodNetwork, IDisposable
{
    private const string InterfaceName = "eth0";
    private const string NotReadyReason = "NetworkPluginNotReady";

    private readonly NetworkOptions _options;
    private readonly ILogger<PodNetwork> _logger;
    private readonly CniChain _chain;
    private readonly CniResultCache _cache;
    private readonly PodNetworkReadiness _readiness;
    private readonly KeyedLock<string> _locks = new();

    public PodNetwork(NetworkOptions options, IProgramRunner programs, ILogger<PodNetwork> logger, TimeProvider time)
    {
        _options = options;
        _logger = logger;
        CniPluginRunner runner = new(options.PluginDirectories, programs, logger, time);
        _chain = new CniChain(runner, time);
        _cache = new CniResultCache(options.ResultsDirectory, logger);
        _readiness = new PodNetworkReadiness(
            new CniConfigurationDirectory(options.ConfigurationDirectory, runner, logger), _chain, options.PollInterval, logger, time);
    }

    /// <summary>The CIDRs that the node was given last; empty before.</summary>
    public string PodCidr { get; private set; } = "";

    /// <summary>Loads the configuration and begins to follow its changes.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => _readiness.StartAsync(cancellationToken);

    public void Dispose() => _readiness.Dispose();

    public NetworkStatus GetStatus()
    {
        string problem = _readiness.Problem;
        return problem.Length == 0 ? new NetworkStatus(true, "", "") : new NetworkStatus(false, NotReadyReason, problem);
    }

    public async Task<PodAddresses> AttachAsync(AttachmentRequest request, CancellationToken cancellationToken)
    {
        CniNetwork network = await _readiness.FindNetworkAsync(cancellationToken)
            ?? throw new CridException(ErrorKind.Unavailable, $"the pod network is not ready: {_readiness.Problem}");
        CachedAttachment attachment = Describe(request, network);
        using IDisposable held = await _locks.AcquireAsync(request.SandboxId.Value, cancellationToken);
        try
        {
            JsonObject result = await _chain.AddAsync(network, ToCall("ADD", attachment), _options.AddTimeout, cancellationToken);
            attachment = attachment with { Result = result };
            IReadOnlyList<string> addresses = CniResult.ReadAddresses(result, InterfaceName, _options.IpPreference);
            _cache.Write(attachment);
            return new PodAddresses(addresses, result.ToJsonString());
        }
        catch (Exception exception)
        {
            await UndoAsync(network, attachment);
            if (exception is OperationCanceledException)
            {
                throw;
            }

            throw CridException.Wrap($"attach sandbox '{request.SandboxId.Short}' to network '{network.Name}'", exception);
        }
    }

    public async Task DetachAsync(AttachmentRequest request, CancellationToken cancellationToken)
    {
        using IDisposable held = await _locks.AcquireAsync(request.SandboxId.Value, cancellationToken);
        if (await DetachCachedAsync(request.SandboxId.Value, request.NetnsPath, cancellationToken))
        {
            return;
        }

        // Nothing is cached where ADD never ran, did not finish, or the node lost its state: DEL from the current configuration.
        if (await _readiness.FindNetworkAsync(cancellationToken) is not CniNetwork network)
        {
            NetworkingLog.NothingToDetach(_logger, request.SandboxId.Value);
            return;
        }

        CachedAttachment attachment;
        try
        {
            attachment = Describe(request, network);
        }
        catch (CridException exception) when (exception.Kind == ErrorKind.InvalidArgument)
        {
            // Such a request was refused by Attach before any plugin ran.
            return;
        }

        await DetachAsync(network, attachment, cachedResult: null, cancellationToken);
    }

    public IReadOnlyList<string> ListAttachments() => [.. _cache.List().Select(attachment => attachment.ContainerId).Distinct()];

    public async Task DetachOrphanAsync(string sandboxId, CancellationToken cancellationToken)
    {
        using IDisposable held = await _locks.AcquireAsync(sandboxId, cancellationToken);
        await DetachCachedAsync(sandboxId, netnsPath: null, cancellationToken);
    }

    public Task UpdatePodCidrAsync(string podCidr, CancellationToken cancellationToken)
    {
        foreach (string cidr in podCidr.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!cidr.Contains('/', StringComparison.Ordinal) || !IPNetwork.TryParse(cidr, out _))
            {
                throw CridException.InvalidArgument($"'{cidr}' is not a CIDR");
            }
        }

        PodCidr = podCidr;
        NetworkingLog.PodCidrSet(_logger, podCidr);
        return Task.CompletedTask;
    }

    private static CachedAttachment Describe(AttachmentRequest request, CniNetwork network) => new()
    {
        ContainerId = request.SandboxId.Value,
        NetworkName = network.Name,
        InterfaceName = InterfaceName,
        NetnsPath = request.NetnsPath,
        Configuration = network.Bytes,
        Arguments = CniArguments.Build(request),
        CapabilityArguments = CapabilityArguments.Build(request),
        Result = [],
    };

    private static CniCall ToCall(string command, CachedAttachment attachment) => new()
    {
        Command = command,
        ContainerId = attachment.ContainerId,
        NetnsPath = attachment.NetnsPath,
        InterfaceName = attachment.InterfaceName,
        Arguments = CniArguments.Format(attachment.Arguments),
        CapabilityArguments = attachment.CapabilityArguments,
    };

    /// <summary>DEL of the whole chain after a failed ADD, on its own time: the caller may be gone.</summary>
    private async Task UndoAsync(CniNetwork network, CachedAttachment attachment)
    {
        try
        {
            JsonObject? result = attachment.Result.Count > 0 ? attachment.Result : null;
            await _chain.DeleteAsync(network, ToCall("DEL", attachment), result, _options.DelTimeout, CancellationToken.None);
            _cache.Delete(attachment);
        }
        catch (Exception exception)
        {
            NetworkingLog.UndoFailed(_logger, exception, attachment.ContainerId);
        }
    }

    /// <summary>DEL with what ADD used; false where nothing is cached.</summary>
    private async Task<bool> DetachCachedAsync(string sandboxId, string? netnsPath, CancellationToken cancellationToken)
    {
        IReadOnlyList<CachedAttachment> attachments = _cache.Find(sandboxId);
        foreach (CachedAttachment attachment in attachments)
        {
            CniNetwork network = CniNetworkParser.ParseList(attachment.Configuration);
            await DetachAsync(network, attachment with { NetnsPath = netnsPath ?? attachment.NetnsPath }, attachment.Result, cancellationToken);
        }

        return attachments.Count > 0;
    }

    private async Task DetachAsync(CniNetwork network, CachedAttachment attachment, JsonObject? cachedResult, CancellationToken cancellationToken)
    {
        string netns = NamespaceFile.IsNamespace(attachment.NetnsPath) ? attachment.NetnsPath : "";
        try
        {
            CniCall call = ToCall("DEL", attachment with { NetnsPath = netns });
            await _chain.DeleteAsync(network, call, cachedResult, _options.DelTimeout, cancellationToken);
            _cache.Delete(attachment);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw CridException.Wrap($"detach sandbox '{attachment.ContainerId}' from network '{network.Name}'", exception);
        }
    }
}
