using Crid.Core;

namespace Crid.Pods.Tests;

public sealed class PodEventsTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private Lab _lab = null!;

    public async ValueTask InitializeAsync() => _lab = await Lab.OpenAsync();

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public async Task Subscribe_WholeLife_TellsEachStepOnceAndInOrder()
    {
        using PodEventStream stream = _lab.Service.Events.Subscribe();

        SandboxId sandbox = await _lab.RunSandboxAsync();
        ContainerId container = await _lab.CreateContainerAsync(sandbox);
        await _lab.Containers.StartAsync(container.Value, CancellationToken.None);
        await _lab.Containers.StopAsync(container.Value, TimeSpan.Zero, CancellationToken.None);
        await _lab.Containers.RemoveAsync(container.Value, CancellationToken.None);
        await _lab.Sandboxes.StopAsync(sandbox.Value, CancellationToken.None);
        await _lab.Sandboxes.RemoveAsync(sandbox.Value, CancellationToken.None);

        List<PodEvent> events = await EndAsync(stream);
        string[] expected =
        [
            $"{sandbox} Created", $"{sandbox} Started", $"{container} Created", $"{container} Started", $"{container} Stopped",
            $"{container} Deleted", $"{sandbox} Stopped", $"{sandbox} Deleted",
        ];
        Assert.Equal(expected, events.Select(static podEvent => $"{podEvent.Id} {podEvent.Kind}"));
        Assert.Equal(events.Select(static podEvent => podEvent.At).Order(), events.Select(static podEvent => podEvent.At));
    }

    [Fact]
    public async Task Subscribe_AfterEachChange_ShowsIt()
    {
        ContainerId container = await _lab.CreateContainerAsync(await _lab.RunSandboxAsync());
        using PodEventStream stream = _lab.Service.Events.Subscribe();

        await _lab.Containers.StartAsync(container.Value, CancellationToken.None);
        await _lab.Containers.StopAsync(container.Value, TimeSpan.Zero, CancellationToken.None);
        await _lab.Containers.RemoveAsync(container.Value, CancellationToken.None);

        List<PodEvent> events = await EndAsync(stream);
        Assert.Equal(ContainerState.Running, Assert.Single(events[0].Containers).Status.State);
        Assert.Equal(ContainerState.Exited, Assert.Single(events[1].Containers).Status.State);
        Assert.Empty(events[2].Containers);
        Assert.All(events, static podEvent => Assert.True(podEvent.Sandbox.IsReady));
    }

    [Fact]
    public async Task Subscribe_ProgramEndsBeforeItsStartIsRecorded_IsStartedFirst()
    {
        ContainerId container = await _lab.CreateContainerAsync(await _lab.RunSandboxAsync());
        _lab.Runtimes.Default.OnStart = id => _lab.Machine.End(_lab.ProcessOf(id), 3);
        using PodEventStream stream = _lab.Service.Events.Subscribe();

        await _lab.Containers.StartAsync(container.Value, CancellationToken.None);
        await Lab.UntilAsync(() => _lab.StatusOf(container).State == ContainerState.Exited);

        Assert.Equal([PodEventKind.Started, PodEventKind.Stopped], (await EndAsync(stream)).Select(static podEvent => podEvent.Kind));
    }

    [Fact]
    public async Task Subscribe_FailedStart_IsStoppedOnly()
    {
        ContainerId container = await _lab.CreateContainerAsync(await _lab.RunSandboxAsync());
        _lab.Runtimes.Default.OnStart = static _ => throw CridException.InvalidArgument("no such program");
        using PodEventStream stream = _lab.Service.Events.Subscribe();

        await Assert.ThrowsAsync<CridException>(() => _lab.Containers.StartAsync(container.Value, CancellationToken.None));

        PodEvent podEvent = Assert.Single(await EndAsync(stream));
        Assert.Equal(PodEventKind.Stopped, podEvent.Kind);
        Assert.Equal("StartError", Assert.Single(podEvent.Containers).Status.Reason);
    }

    [Fact]
    public async Task Subscribe_SandboxRemoved_HasItsLastState()
    {
        SandboxId sandbox = await _lab.RunSandboxAsync();
        using PodEventStream stream = _lab.Service.Events.Subscribe();

        await _lab.Sandboxes.RemoveAsync(sandbox.Value, CancellationToken.None);

        PodEvent deleted = (await EndAsync(stream))[^1];
        Assert.Equal((PodEventKind.Deleted, sandbox.Value), (deleted.Kind, deleted.Id));
        Assert.Equal(SandboxState.NotReady, deleted.Sandbox.Status.State);
    }

    [Fact]
    public async Task Subscribe_SlowReader_GetsWhatWaitsAndThenAnError()
    {
        using PodEventStream slow = _lab.Service.Events.Subscribe();
        SandboxId sandbox = await _lab.RunSandboxAsync();
        for (int told = 2; told <= PodEventStream.Capacity; told += 4)
        {
            ContainerId id = await _lab.CreateContainerAsync(sandbox);
            await _lab.Containers.StartAsync(id.Value, CancellationToken.None);
            await _lab.Containers.RemoveAsync(id.Value, CancellationToken.None);
        }

        using PodEventStream other = _lab.Service.Events.Subscribe();
        await _lab.CreateContainerAsync(sandbox);

        List<PodEvent> events = [];
        CridException error = await Assert.ThrowsAsync<CridException>(() => ReadAsync(slow, events));
        Assert.Equal(ErrorKind.ResourceExhausted, error.Kind);
        Assert.Equal(PodEventStream.Capacity, events.Count);
        Assert.Single(await EndAsync(other));
    }

    [Fact]
    public async Task Subscribe_AfterClose_EndsAtOnce()
    {
        _lab.Service.CloseEvents();
        using PodEventStream stream = _lab.Service.Events.Subscribe();

        Assert.Empty(await EndAsync(stream));
    }

    [Fact]
    public async Task Dispose_Stream_GetsNothingMore()
    {
        PodEventStream stream = _lab.Service.Events.Subscribe();
        stream.Dispose();

        await _lab.RunSandboxAsync();
        stream.Close();

        List<PodEvent> events = [];
        await Assert.ThrowsAsync<CridException>(() => ReadAsync(stream, events));
        Assert.Empty(events);
    }

    /// <summary>Closes the service's events and returns those that were told before.</summary>
    private async Task<List<PodEvent>> EndAsync(PodEventStream stream)
    {
        _lab.Service.CloseEvents();
        List<PodEvent> events = [];
        CridException error = await Assert.ThrowsAsync<CridException>(() => ReadAsync(stream, events));
        Assert.Equal(ErrorKind.Unavailable, error.Kind);
        return events;
    }

    private static async Task ReadAsync(PodEventStream stream, List<PodEvent> events)
    {
        using CancellationTokenSource limit = new(Patience);
        await foreach (PodEvent podEvent in stream.ReadAllAsync(limit.Token))
        {
            events.Add(podEvent);
        }
    }
}
