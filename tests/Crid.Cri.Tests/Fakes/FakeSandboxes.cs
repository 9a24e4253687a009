using System.Net.Sockets;
using Crid.Core;
using Crid.Pods;
using Crid.Runtimes;

namespace Crid.Cri.Tests;

/// <summary>Keeps what it was asked and answers from a list.</summary>
internal sealed class FakeSandboxes : ISandboxes
{
    public List<Sandbox> Items { get; } = [];

    public List<string> Calls { get; } = [];

    public SandboxSpec? RunSpec { get; private set; }

    public SandboxFilter? Filter { get; private set; }

    /// <summary>Thrown by RunAsync when set.</summary>
    public Exception? Failure { get; set; }

    public SandboxId NextId { get; } = SandboxId.New();

    public ResourcesSpec? Overhead { get; private set; }

    public ResourcesSpec? Resources { get; private set; }

    public Task<SandboxId> RunAsync(SandboxSpec spec, CancellationToken cancellationToken)
    {
        RunSpec = spec;
        return Failure is null ? Task.FromResult(NextId) : Task.FromException<SandboxId>(Failure);
    }

    public Task StopAsync(string id, CancellationToken cancellationToken)
    {
        Calls.Add("stop " + id);
        return Task.CompletedTask;
    }

    public Task RemoveAsync(string id, CancellationToken cancellationToken)
    {
        Calls.Add("remove " + id);
        return Task.CompletedTask;
    }

    public Task UpdateResourcesAsync(string id, ResourcesSpec? overhead, ResourcesSpec? resources, CancellationToken cancellationToken)
    {
        Calls.Add("update " + id);
        Overhead = overhead;
        Resources = resources;
        return Task.CompletedTask;
    }

    public Task<Socket> ConnectAsync(string id, int port, CancellationToken cancellationToken) =>
        Task.FromException<Socket>(new CridException(ErrorKind.Unavailable, $"{id} refuses {port}"));

    public Sandbox Get(string id) =>
        Items.Find(sandbox => sandbox.Id.Value == id) ?? throw CridException.NotFound($"sandbox '{id}' does not exist");

    public IReadOnlyList<Sandbox> List(SandboxFilter filter)
    {
        Filter = filter;
        return Items;
    }
}
