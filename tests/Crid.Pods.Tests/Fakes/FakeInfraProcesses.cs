using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods.Tests;

/// <summary>Infra processes of the fake machine.</summary>
internal sealed class FakeInfraProcesses(Incarnation life) : IInfraProcesses
{
    public async Task<InfraProcess> StartAsync(SandboxSpec spec, SandboxEnvironment environment, CancellationToken cancellationToken)
    {
        FakeProcess? process = null;
        await life.StepAsync("start infra", () => process = life.Machine.Spawn(environment.Id.Value), cancellationToken);
        return new InfraProcess(process!.Pid, process.StartTimeTicks);
    }

    public async Task StopAsync(SandboxId id, InfraProcess? process, CancellationToken cancellationToken)
    {
        FakeProcess? found = null;
        await life.StepAsync("stop infra", () => life.Machine.Processes.TryGetValue(process is null ? "" : id.Value, out found), cancellationToken);
        if (found is not null)
        {
            life.Machine.End(found, 137);
        }

        await life.StepAsync("forget infra", () => life.Machine.Kept.Remove(id.Value), cancellationToken);
    }
}
