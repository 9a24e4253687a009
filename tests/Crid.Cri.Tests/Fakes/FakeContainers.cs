using Crid.Core;
using Crid.Pods;
using Crid.Runtimes;

namespace Crid.Cri.Tests;

/// <summary>Keeps what it was asked and answers from a list.</summary>
internal sealed class FakeContainers : IContainers
{
    public List<Container> Items { get; } = [];

    public List<string> Calls { get; } = [];

    public ContainerSpec? CreateSpec { get; private set; }

    public ContainerFilter? Filter { get; private set; }

    public ResourcesSpec? Resources { get; private set; }

    public ExecSyncResult ExecResult { get; set; } = new([], [], 0);

    public TimeSpan? ExecTimeout { get; private set; }

    public ContainerId NextId { get; } = ContainerId.New();

    public Task<ContainerId> CreateAsync(string sandboxId, ContainerSpec spec, CancellationToken cancellationToken)
    {
        Calls.Add("create in " + sandboxId);
        CreateSpec = spec;
        return Task.FromResult(NextId);
    }

    public Task StartAsync(string id, CancellationToken cancellationToken) => Record("start " + id);

    public Task StopAsync(string id, TimeSpan gracePeriod, CancellationToken cancellationToken) => Record($"stop {id} {gracePeriod.TotalSeconds}");

    public Task RemoveAsync(string id, CancellationToken cancellationToken) => Record("remove " + id);

    public Container Get(string id) =>
        Items.Find(container => container.Id.Value == id) ?? throw CridException.NotFound($"container '{id}' does not exist");

    public IReadOnlyList<Container> List(ContainerFilter filter)
    {
        Filter = filter;
        return Items;
    }

    public Task<ExecSyncResult> ExecSyncAsync(string id, IReadOnlyList<string> command, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        Calls.Add($"exec {id} {string.Join(' ', command)}");
        ExecTimeout = timeout;
        return Task.FromResult(ExecResult);
    }

    public Task<int> ExecAsync(
        string id, IReadOnlyList<string> command, bool terminal, ProcessStreams streams, CancellationToken cancellationToken)
    {
        Calls.Add($"stream {id} {string.Join(' ', command)}{(terminal ? " on a terminal" : "")}");
        return Task.FromResult(ExecResult.ExitStatus);
    }

    public Task AttachAsync(string id, ProcessStreams streams, CancellationToken cancellationToken) => Record("attach " + id);

    public Task ReopenLogAsync(string id, CancellationToken cancellationToken) => Record("reopen " + id);

    public Task UpdateResourcesAsync(string id, ResourcesSpec resources, CancellationToken cancellationToken)
    {
        Resources = resources;
        return Record("update " + id);
    }

    private Task Record(string call)
    {
        Calls.Add(call);
        return Task.CompletedTask;
    }
}
