using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods.Tests;

/// <summary>An OCI runtime of the fake machine.</summary>
internal sealed class FakeRuntime(Incarnation life, string handler) : IOciRuntime
{
    private readonly Machine _machine = life.Machine;

    public List<ContainerCreation> Creations { get; } = [];

    public List<ResourcesSpec> Updates { get; } = [];

    /// <summary>False where it was killed before it noted which cgroup it had made.</summary>
    public bool KnowsCgroups { get; set; } = true;

    /// <summary>Runs before a create returns.</summary>
    public Action<ContainerId>? OnCreate { get; set; }

    /// <summary>Runs while a start is under way: the program may end before the start has returned.</summary>
    public Action<ContainerId>? OnStart { get; set; }

    /// <summary>Containers whose program was started; the real runtime refuses to do it twice.</summary>
    public HashSet<ContainerId> Started => _machine.Started;

    public async Task<CreatedContainer> CreateAsync(ContainerCreation creation, CancellationToken cancellationToken)
    {
        FakeProcess? process = null;
        await life.StepAsync(
            "create",
            () =>
            {
                Creations.Add(creation);
                _machine.RuntimeStates.Add(new RuntimeState(handler, creation.Id));
                _machine.Cgroups.Add($"/crid/{creation.Id}");
                process = _machine.Spawn(creation.Id.Value);
            },
            cancellationToken);
        OnCreate?.Invoke(creation.Id);
        return new CreatedContainer(process!.Pid, process.StartTimeTicks, new ResolvedUser(0, 0, [0]), $"/crid/{creation.Id}");
    }

    public async Task StartAsync(ContainerId id, CancellationToken cancellationToken)
    {
        await life.StepAsync(
            "start",
            () =>
            {
                Require(id);
                if (!Started.Add(id))
                {
                    throw CridException.FailedPrecondition("cannot start a running container");
                }
            },
            cancellationToken);
        OnStart?.Invoke(id);
    }

    public async Task DeleteAsync(ContainerId id, CancellationToken cancellationToken)
    {
        FakeProcess? process = null;
        await life.StepAsync(
            "delete runtime state",
            () =>
            {
                _machine.RuntimeStates.Remove(new RuntimeState(handler, id));
                _machine.Cgroups.RemoveWhere(path => KnowsCgroups && path == $"/crid/{id}");
                _machine.Processes.TryGetValue(id.Value, out process);
            },
            cancellationToken);
        if (process is not null)
        {
            _machine.End(process, 137);
        }
    }

    public async Task<ExecSyncResult> ExecSyncAsync(
        ContainerId id, IReadOnlyList<string> command, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        await life.StepAsync("exec", () => Require(id), cancellationToken);
        return new ExecSyncResult([], [], 7);
    }

    public async Task<int> ExecAsync(
        ContainerId id, IReadOnlyList<string> command, bool terminal, ProcessStreams streams, CancellationToken cancellationToken)
    {
        await life.StepAsync("exec", () => Require(id), cancellationToken);
        return terminal ? 8 : 7;
    }

    public Task AttachAsync(ContainerId id, bool terminal, bool stdinOnce, ProcessStreams streams, CancellationToken cancellationToken) =>
        life.StepAsync("attach", () => { }, cancellationToken);

    public Task UpdateAsync(ContainerId id, ResourcesSpec resources, CancellationToken cancellationToken) =>
        life.StepAsync(
        "update",
        () =>
        {
            Require(id);
            Updates.Add(resources);
            _machine.Limits[id] = resources;
        },
        cancellationToken);

    /// <summary>A runtime knows only the containers that it has made.</summary>
    private void Require(ContainerId id)
    {
        if (!_machine.RuntimeStates.Contains(new RuntimeState(handler, id)))
        {
            throw CridException.FailedPrecondition($"{handler}: no container '{id}'");
        }
    }
}
