using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Networking;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>
/// The things a sandbox is made of, each with its making and its unmaking. Unmaking is idempotent and accepts what was never made or is
/// half made, so Run's undo, Stop, Remove and recovery all use the same.
/// </summary>
internal sealed class SandboxParts(PodsContext context)
{
    private readonly PodsPorts _ports = context.Ports;
    private readonly HostPorts _host = context.Ports.Host;

    public Task MakeFilesAsync(Sandbox sandbox) => Task.Run(() => _host.SandboxFiles.Create(sandbox.Spec, EnvironmentOf(sandbox)));

    public void WriteHosts(Sandbox sandbox, IReadOnlyList<string> addresses)
    {
        if (sandbox.HasPodNetwork)
        {
            _host.SandboxFiles.WriteHosts(EnvironmentOf(sandbox), addresses);
        }
    }

    public Task DeleteFilesAsync(Sandbox sandbox) => Task.Run(() => _host.SandboxFiles.Delete(sandbox.Id));

    public Task PinAsync(Sandbox sandbox, CancellationToken cancellationToken) =>
        _host.Namespaces.CreateAsync(SandboxPlan.Namespaces(sandbox.Id, sandbox.Spec), cancellationToken);

    public Task UnpinAsync(SandboxId id) => Task.Run(() => _host.Namespaces.Remove(id));

    public async Task<PodAddresses?> AttachAsync(Sandbox sandbox, CancellationToken cancellationToken) =>
        EnvironmentOf(sandbox).NetworkNamespace is string netns
            ? await _ports.Network.AttachAsync(SandboxPlan.Attachment(sandbox.Id, sandbox.Spec, netns), cancellationToken)
            : null;

    public async Task DetachAsync(Sandbox sandbox, CancellationToken cancellationToken)
    {
        if (sandbox.HasPodNetwork)
        {
            string netns = _host.Namespaces.Get(sandbox.Id).Network ?? "";
            await _ports.Network.DetachAsync(SandboxPlan.Attachment(sandbox.Id, sandbox.Spec, netns), cancellationToken);
        }
    }

    public async Task<InfraProcess?> StartInfraAsync(Sandbox sandbox, CancellationToken cancellationToken) =>
        sandbox.HasInfraProcess
            ? await _ports.InfraProcesses.StartAsync(sandbox.Spec, EnvironmentOf(sandbox), cancellationToken)
            : null;

    public async Task StopInfraAsync(Sandbox sandbox, CancellationToken cancellationToken)
    {
        if (!sandbox.HasInfraProcess)
        {
            return;
        }

        // A start that was interrupted has left no pid in the record, but the keeper knows the process by the sandbox's id.
        InfraProcess? process = sandbox.Status.Infra ?? await FindKeptAsync(sandbox.Id, cancellationToken);
        await _ports.InfraProcesses.StopAsync(sandbox.Id, process, cancellationToken);
    }

    /// <summary>Unmakes all but the files, in an order in which each part still finds what it needs.</summary>
    public async Task ReleaseAsync(Sandbox sandbox, CancellationToken cancellationToken)
    {
        await StopInfraAsync(sandbox, cancellationToken);
        await DetachAsync(sandbox, cancellationToken);
        await UnpinAsync(sandbox.Id);
        await Task.Run(() => _host.SandboxFiles.Unmount(sandbox.Id), cancellationToken);
    }

    private SandboxEnvironment EnvironmentOf(Sandbox sandbox) =>
        sandbox.Status.Environment
        ?? SandboxPlan.Environment(sandbox.Id, sandbox.Spec, _ports.Directories, _host.ReadNodeName());

    private async Task<InfraProcess?> FindKeptAsync(SandboxId id, CancellationToken cancellationToken)
    {
        IReadOnlyList<KeptProcess> kept = await _ports.Keeper.ListAsync(cancellationToken);
        return kept.FirstOrDefault(process => process.Id == id.Value) is KeptProcess infra
            ? new InfraProcess(infra.Pid, infra.StartTimeTicks)
            : null;
    }
}
