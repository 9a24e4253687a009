using System.Text.Json.Nodes;
using Crid.Core;
using Crid.Linux;
using Microsoft.Extensions.Logging;

namespace Crid.Networking;

/// <summary>Attachments of sandboxes to networks: what ADD used and returned is kept until DEL, which uses the same.</summary>
internal sealed class SandboxAttachments(NetworkOptions options, CniChain chain, ILogger logger)
{
    private readonly CniResultCache _cache = new(options.ResultsDirectory, logger);

    /// <summary>Removes what a killed crid has left half-written; before anything is attached.</summary>
    public void RemoveUnfinished() => _cache.RemoveUnfinished();

    /// <summary>Attaches a sandbox to networks one after the other, as eth0, eth1 and so on. A failure is followed by DEL of all of them.</summary>
    /// <returns>What the first network gave: a pod is reached by its eth0.</returns>
    public async Task<PodAddresses> AttachAsync(AttachmentRequest request, IReadOnlyList<CniNetwork> networks, CancellationToken cancellationToken)
    {
        List<(CniNetwork Network, CachedAttachment Attachment)> begun = [];
        CniNetwork current = networks[0];
        PodAddresses? primary = null;
        try
        {
            for (int i = 0; i < networks.Count; i++)
            {
                current = networks[i];
                CachedAttachment attachment = Describe(request, current, i);
                begun.Add((current, attachment));
                JsonObject result = await chain.AddAsync(current, ToCall("ADD", attachment), options.AddTimeout, cancellationToken);
                attachment = attachment with { Result = result };
                begun[i] = (current, attachment);
                primary ??= new PodAddresses(
                    CniResult.ReadAddresses(result, attachment.InterfaceName, options.IpPreference), result.ToJsonString());
                _cache.Write(attachment);
            }

            return primary!;
        }
        catch (Exception exception)
        {
            await UndoAsync(begun);
            if (exception is OperationCanceledException)
            {
                throw;
            }

            throw CridException.Wrap($"attach sandbox '{request.SandboxId.Short}' to network '{current.Name}'", exception);
        }
    }

    /// <summary>DEL with what ADD used, in the opposite order.</summary>
    /// <param name="netnsPath">Null for the path that ADD used.</param>
    /// <returns>How many attachments were cached.</returns>
    public async Task<int> DetachCachedAsync(string sandboxId, string? netnsPath, CancellationToken cancellationToken)
    {
        IReadOnlyList<CachedAttachment> attachments = _cache.Find(sandboxId);
        foreach (CachedAttachment attachment in attachments.OrderByDescending(static attachment => attachment.InterfaceName, StringComparer.Ordinal))
        {
            CniNetwork network = CniNetworkParser.ParseList(attachment.Configuration);
            await DetachAsync(network, attachment with { NetnsPath = netnsPath ?? attachment.NetnsPath }, attachment.Result, cancellationToken);
        }

        return attachments.Count;
    }

    /// <summary>DEL from networks of which nothing is cached: ADD never ran or did not finish, or the node lost its state.</summary>
    /// <param name="first">The index of the first such network.</param>
    public async Task DetachAsync(AttachmentRequest request, IReadOnlyList<CniNetwork> networks, int first, CancellationToken cancellationToken)
    {
        for (int i = networks.Count - 1; i >= first; i--)
        {
            await DetachAsync(networks[i], Describe(request, networks[i], i), cachedResult: null, cancellationToken);
        }
    }

    /// <exception cref="CridException">A plugin says that the sandbox is not attached as it was.</exception>
    public async Task CheckAsync(string sandboxId, CancellationToken cancellationToken)
    {
        foreach (CachedAttachment attachment in _cache.Find(sandboxId))
        {
            CniNetwork network = CniNetworkParser.ParseList(attachment.Configuration);
            if (!network.DisableCheck && network.IsAtLeast(CniVersion.WithCheck))
            {
                await chain.CheckAsync(network, ToCall("CHECK", attachment), attachment.Result, options.CheckTimeout, cancellationToken);
            }
        }
    }

    /// <summary>GC of a network: all that no cached attachment owns goes. Those of other runtimes are told to plugins as well.</summary>
    public async Task CollectGarbageAsync(CniNetwork network, CancellationToken cancellationToken)
    {
        if (!network.DisableGc && network.IsAtLeast(CniVersion.WithStatus))
        {
            CniCall call = CniCall.WithoutSandbox("GC") with { ValidAttachments = _cache.ListOfAnyOwner(network.Name) };
            await chain.CollectGarbageAsync(network, call, options.CheckTimeout, cancellationToken);
        }
    }

    /// <summary>The ids of sandboxes with a cached attachment.</summary>
    public IReadOnlyList<string> ListSandboxes() => [.. _cache.List().Select(static attachment => attachment.ContainerId).Distinct()];

    private static CachedAttachment Describe(AttachmentRequest request, CniNetwork network, int index) => new()
    {
        ContainerId = request.SandboxId.Value,
        NetworkName = network.Name,
        InterfaceName = $"eth{index}",
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

    /// <summary>DEL of the whole chains after a failed ADD, on its own time: the caller may be gone.</summary>
    private async Task UndoAsync(List<(CniNetwork Network, CachedAttachment Attachment)> begun)
    {
        foreach ((CniNetwork network, CachedAttachment attachment) in Enumerable.Reverse(begun))
        {
            try
            {
                JsonObject? result = attachment.Result.Count > 0 ? attachment.Result : null;
                await chain.DeleteAsync(network, ToCall("DEL", attachment), result, options.DelTimeout, CancellationToken.None);
                _cache.Delete(attachment);
            }
            catch (Exception exception)
            {
                NetworkingLog.UndoFailed(logger, exception, attachment.ContainerId);
            }
        }
    }

    private async Task DetachAsync(CniNetwork network, CachedAttachment attachment, JsonObject? cachedResult, CancellationToken cancellationToken)
    {
        string netns = NamespaceFile.IsNamespace(attachment.NetnsPath) ? attachment.NetnsPath : "";
        try
        {
            CniCall call = ToCall("DEL", attachment with { NetnsPath = netns });
            await chain.DeleteAsync(network, call, cachedResult, options.DelTimeout, cancellationToken);
            _cache.Delete(attachment);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw CridException.Wrap($"detach sandbox '{attachment.ContainerId}' from network '{network.Name}'", exception);
        }
    }
}
