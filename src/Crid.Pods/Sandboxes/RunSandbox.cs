using Crid.Core;
using Crid.Networking;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>Makes a sandbox: files and namespaces, then network and infra process, each pair side by side.</summary>
internal sealed class RunSandbox(PodsContext context, SandboxParts parts, InfraWatch infraWatch, RemoveSandbox removeSandbox)
{
    private readonly Attempts<SandboxMetadata, SandboxId> _inFlight = new(context.Work, context.Options.OperationTimeout);

    public Task<SandboxId> ExecuteAsync(SandboxSpec spec, CancellationToken caller)
    {
        context.Ports.Runtimes.Get(spec.RuntimeHandler);
        CgroupPath.CheckParent(context.Ports.Runtimes.CgroupDriver, spec.CgroupParent);
        RequireUserNamespaces(spec);
        SandboxMetadata name = spec.Metadata;
        return _inFlight.JoinOrStartAsync(
            $"run sandbox '{name.Namespace}/{name.Name}'", name, PodsJson.Write(spec), token => RunAsync(spec, token), caller);
    }

    private async Task<SandboxId> RunAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        if (await FindExistingAsync(spec.Metadata, cancellationToken) is Sandbox existing)
        {
            return Claim(existing, spec);
        }

        long start = context.Time.GetTimestamp();
        Sandbox sandbox = Plan(spec);
        RequireNetwork(sandbox);
        await using Rollback rollback = new(context.Logger, context.Options.UndoTimeout);

        rollback.Add("sandbox record", _ => AbandonAsync(sandbox.Id, rollback.IsClean));
        await context.Sandboxes.InsertAsync(sandbox);

        await PrepareAsync(sandbox, rollback, cancellationToken);
        SandboxStatus status = await ConnectAsync(sandbox, rollback, cancellationToken);
        parts.WriteHosts(sandbox, status.Addresses);

        cancellationToken.ThrowIfCancellationRequested();
        Sandbox ready = await context.Sandboxes.UpdateAsync(sandbox.Id, current => current with { Status = status, Intent = Intent.None });
        rollback.Commit();
        infraWatch.Watch(ready);
        PodsLog.SandboxRuns(
            context.Logger,
            sandbox.Id.Value,
            spec.Metadata.Namespace,
            spec.Metadata.Name,
            string.Join(' ', status.Addresses),
            context.Time.GetElapsedTime(start).TotalMilliseconds);
        return sandbox.Id;
    }

    /// <summary>Makes files and namespaces. Both have ended when this returns, so that an undo meets nothing half-way.</summary>
    private Task PrepareAsync(Sandbox sandbox, Rollback rollback, CancellationToken cancellationToken)
    {
        rollback.Add("sandbox files", _ => parts.DeleteFilesAsync(sandbox));
        rollback.Add("namespaces", _ => parts.UnpinAsync(sandbox.Id));
        return Task.WhenAll(parts.MakeFilesAsync(sandbox), parts.PinAsync(sandbox, cancellationToken));
    }

    /// <summary>Runs the network plugins and starts the infra process, which keeps its files in the sandbox's directory.</summary>
    private async Task<SandboxStatus> ConnectAsync(Sandbox sandbox, Rollback rollback, CancellationToken cancellationToken)
    {
        rollback.Add("network", undo => parts.DetachAsync(sandbox, undo));
        rollback.Add("infra process", undo => parts.StopInfraAsync(sandbox, undo));
        Task<PodAddresses?> network = parts.AttachAsync(sandbox, cancellationToken);
        Task<InfraProcess?> infra = parts.StartInfraAsync(sandbox, cancellationToken);
        await Task.WhenAll(network, infra);

        SandboxStatus status = sandbox.Status.ToReady(await network);
        return await infra is InfraProcess process ? status.WithInfra(process) : status;
    }

    /// <summary>
    /// One that is being removed, or undone because a crash cut it short, frees its name with its lock. One that still counts as being made then
    /// is what an attempt has left that could neither be undone nor be given to the node agent: it is removed.
    /// </summary>
    private async Task<Sandbox?> FindExistingAsync(SandboxMetadata name, CancellationToken cancellationToken)
    {
        if (context.Sandboxes.FindByName(name) is { Intent: Intent.Create or Intent.Remove } leaving)
        {
            using IDisposable held = await context.SandboxLocks.AcquireAsync(leaving.Id, cancellationToken);
            if (context.Sandboxes.Find(leaving.Id) is { Intent: Intent.Create })
            {
                await removeSandbox.RemoveLockedAsync(leaving.Id, cancellationToken);
            }
        }

        return context.Sandboxes.FindByName(name);
    }

    private static SandboxId Claim(Sandbox existing, SandboxSpec spec)
    {
        string name = $"sandbox '{spec.Metadata.Namespace}/{spec.Metadata.Name}' attempt {spec.Metadata.Attempt}";
        if (!existing.IsReady)
        {
            throw new CridException(ErrorKind.AlreadyExists, $"{name} exists and is not ready: remove {existing.Id} first");
        }

        return PodsJson.AreEqual(existing.Spec, spec)
            ? existing.Id
            : throw new CridException(ErrorKind.AlreadyExists, $"{name} exists with another specification: {existing.Id}");
    }

    private Sandbox Plan(SandboxSpec spec)
    {
        SandboxId id = SandboxId.New();
        SandboxStatus status = new()
        {
            State = SandboxState.NotReady,
            CreatedAt = context.Time.GetUtcNow(),
            RuntimeHandler = spec.RuntimeHandler.Length > 0 ? spec.RuntimeHandler : context.Ports.Runtimes.DefaultHandler,
            Environment = SandboxPlan.Environment(id, spec, context.Ports.Directories, context.Ports.Host.ReadNodeName()) with { Selinux = Label(spec) },
            Resources = spec.Resources,
            Overhead = spec.Overhead,
        };
        return new Sandbox(id, spec, status) { Intent = Intent.Create };
    }

    private SelinuxLabels? Label(SandboxSpec spec) => context.Ports.Runtimes.Selinux is { } policy
        ? SelinuxLabel.ForSandbox(policy, spec.Security.Selinux, IsLevelTaken)
        : null;

    private bool IsLevelTaken(string level) => context.Sandboxes.All.Any(
        sandbox => sandbox.Status.Environment?.Selinux is { } labels && SelinuxLabel.LevelOf(labels.Process) == level);

    /// <summary>Refused before anything is made: a pod that asks for a user namespace must never run without one.</summary>
    private void RequireUserNamespaces(SandboxSpec spec)
    {
        if (spec.Security.Namespaces.FindOwnUser() is null)
        {
            return;
        }

        RuntimeHandler? handler = context.Ports.Runtimes.Handlers.FirstOrDefault(handler => handler.Name == spec.RuntimeHandler);
        if (handler is not { UserNamespaces: true })
        {
            throw new CridException(
                ErrorKind.Unimplemented,
                $"runtime handler '{spec.RuntimeHandler}' has no user namespaces: they need Linux 5.19 and an OCI runtime with id-mapped mounts (runc 1.2, crun 1.9)");
        }

        if (spec.Security.Namespaces.Pid == NamespaceMode.Node)
        {
            throw CridException.InvalidArgument("a pod in a user namespace can't use the node's PID namespace");
        }
    }

    private void RequireNetwork(Sandbox sandbox)
    {
        NetworkStatus network = context.Ports.Network.GetStatus(sandbox.Spec.RuntimeHandler);
        if (sandbox.HasPodNetwork && !network.IsReady)
        {
            throw new CridException(ErrorKind.Unavailable, $"the pod network is not ready: {network.Reason}: {network.Message}");
        }
    }

    /// <summary>After a clean undo nothing tells of the attempt and its name is free; else it stays listed for Stop and Remove to finish.</summary>
    private Task AbandonAsync(SandboxId id, bool isClean) => isClean
        ? context.Sandboxes.DeleteAsync(id)
        : context.Sandboxes.TryUpdateAsync(id, current => current with { Intent = Intent.None });
}
