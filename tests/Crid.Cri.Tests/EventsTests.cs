using Crid.Core;
using Crid.Pods;

namespace Crid.Cri.Tests;

/// <summary>GetContainerEvents, and what PodSandboxStatus has for those who listen to it.</summary>
public sealed class EventsTests
{
    private readonly RuntimeFixture _fixture = new();

    [Fact]
    public async Task GetContainerEvents_Event_HasTheStatusOfSandboxAndContainers()
    {
        Sandbox sandbox = Samples.Sandbox();
        Container container = Samples.Container() with { SandboxId = sandbox.Id };
        _fixture.Events.Events.Add(new PodEvent(container.Id.Value, PodEventKind.Stopped, Samples.Created, sandbox, [container]));
        ListWriter<Api.ContainerEventResponse> writer = new();

        await Assert.ThrowsAsync<CridException>(() => _fixture.Service.GetContainerEvents(new Api.GetEventsRequest(), writer, _fixture.Context));

        Api.ContainerEventResponse response = Assert.Single(writer.Messages);
        Assert.Equal(container.Id.Value, response.ContainerId);
        Assert.Equal(Api.ContainerEventType.ContainerStoppedEvent, response.ContainerEventType);
        Assert.Equal(Samples.Created.ToUnixTimeMilliseconds() * 1_000_000, response.CreatedAt);
        Assert.Equal("u1", response.PodSandboxStatus.Metadata.Uid);
        Assert.Equal(Api.PodSandboxState.SandboxReady, response.PodSandboxStatus.State);
        Assert.Equal("app", Assert.Single(response.ContainersStatuses).Metadata.Name);
        Assert.Equal(0, _fixture.Events.Open);
    }

    [Fact]
    public async Task PodSandboxStatus_WithContainers_HasTheirStatusesAndATime()
    {
        Sandbox sandbox = Samples.Sandbox();
        _fixture.Sandboxes.Items.Add(sandbox);
        _fixture.Containers.Items.Add(Samples.Container() with { SandboxId = sandbox.Id });

        Api.PodSandboxStatusResponse response = await _fixture.Service.PodSandboxStatus(
            new Api.PodSandboxStatusRequest { PodSandboxId = sandbox.Id.Value }, _fixture.Context);

        Assert.Equal("app", Assert.Single(response.ContainersStatuses).Metadata.Name);
        Assert.True(response.Timestamp > 0);
    }
}
