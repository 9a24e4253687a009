using Crid.Api;
using Grpc.Core;

namespace Crid.HostTests;

/// <summary>GetContainerEvents beside real starts and stops. CRID_EVENT_CONTAINERS sets how many containers live and die; 1000 takes minutes.</summary>
public sealed class EventsTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    private const int DefaultContainers = 60;
    private const int Pods = 4;

    private CridDaemon Daemon => fixture.Daemon;

    [Fact]
    public async Task GetContainerEvents_ManyStartsAndStops_MatchExactly()
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable("CRID_EVENT_CONTAINERS"), out int asked) ? asked : DefaultContainers;
        using AsyncServerStreamingCall<ContainerEventResponse> first = Daemon.Runtime.GetContainerEvents(new GetEventsRequest());
        using AsyncServerStreamingCall<ContainerEventResponse> second = Daemon.Runtime.GetContainerEvents(new GetEventsRequest());
        await Task.WhenAll(first.ResponseHeadersAsync, second.ResponseHeadersAsync);

        Task<List<ContainerEventResponse>> firstRead = ReadUntilAllAreDeletedAsync(first, Pods);
        Task<List<ContainerEventResponse>> secondRead = ReadUntilAllAreDeletedAsync(second, Pods);
        List<string>[] pods = await Task.WhenAll(Enumerable.Range(0, Pods).Select(pod => LiveAndDieAsync($"events{pod}", count / Pods)));

        List<string> expected = [.. pods.SelectMany(static lines => lines)];
        List<ContainerEventResponse> seen = await firstRead;
        Assert.Equal(expected.Order(), seen.Select(Describe).Order());
        Assert.Equal(seen, await secondRead);
        Assert.All(seen.GroupBy(static podEvent => podEvent.ContainerId), AssertOrder);
        Assert.All(seen, AssertStatus);
        Assert.Equal(seen.Select(static podEvent => podEvent.CreatedAt).Order(), seen.Select(static podEvent => podEvent.CreatedAt));
    }

    [Fact]
    public async Task GetContainerEvents_DaemonStops_EndsAtOnce()
    {
        await using CridDaemon daemon = await CridDaemon.StartAsync();
        using AsyncServerStreamingCall<ContainerEventResponse> events = daemon.Runtime.GetContainerEvents(new GetEventsRequest());
        await events.ResponseHeadersAsync;

        await daemon.TerminateAsync();

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => events.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Contains("crid is stopping", error.Status.Detail, StringComparison.Ordinal);
    }

    /// <summary>Runs a pod with containers one after the other: every other one ends by itself, the rest are stopped.</summary>
    private async Task<List<string>> LiveAndDieAsync(string pod, int count)
    {
        PodSandboxConfig config = Requests.Sandbox(Daemon, pod);
        string sandbox = await Daemon.RunSandboxAsync(config);
        List<string> expected = [$"{sandbox} created", $"{sandbox} started"];
        for (int i = 0; i < count; i++)
        {
            bool endsByItself = i % 2 == 0;
            ContainerConfig container = Requests.Container($"c{i}", fixture.Image, endsByItself ? ["/bin/true"] : ["/bin/sleep", "1000"]);
            string id = await Daemon.CreateContainerAsync(sandbox, config, container);
            await Daemon.StartContainerAsync(id);
            await (endsByItself ? Daemon.WaitForExitAsync(id) : Daemon.StopContainerAsync(id, timeout: 0));
            await Daemon.RemoveContainerAsync(id);
            expected.AddRange([$"{id} created", $"{id} started", $"{id} stopped", $"{id} deleted"]);
        }

        await Daemon.RemoveSandboxAsync(sandbox);
        expected.AddRange([$"{sandbox} stopped", $"{sandbox} deleted"]);
        return expected;
    }

    private static async Task<List<ContainerEventResponse>> ReadUntilAllAreDeletedAsync(AsyncServerStreamingCall<ContainerEventResponse> call, int pods)
    {
        List<ContainerEventResponse> events = [];
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(10));
        while (pods > 0 && await call.ResponseStream.MoveNext(limit.Token))
        {
            ContainerEventResponse podEvent = call.ResponseStream.Current;
            events.Add(podEvent);
            bool isEnd = podEvent.ContainerEventType == ContainerEventType.ContainerDeletedEvent && podEvent.ContainerId == podEvent.PodSandboxStatus.Id;
            pods -= isEnd ? 1 : 0;
        }

        return events;
    }

    private static string Describe(ContainerEventResponse podEvent) => $"{podEvent.ContainerId} {podEvent.ContainerEventType switch
    {
        ContainerEventType.ContainerCreatedEvent => "created",
        ContainerEventType.ContainerStartedEvent => "started",
        ContainerEventType.ContainerStoppedEvent => "stopped",
        _ => "deleted",
    }}";

    private static void AssertOrder(IEnumerable<ContainerEventResponse> life) =>
        Assert.Equal([0, 1, 2, 3], life.Select(static podEvent => (int)podEvent.ContainerEventType));

    private static void AssertStatus(ContainerEventResponse podEvent)
    {
        Assert.NotEmpty(podEvent.PodSandboxStatus.Metadata.Uid);
        ContainerStatus? container = podEvent.ContainersStatuses.SingleOrDefault(status => status.Id == podEvent.ContainerId);
        bool isListed = podEvent.ContainerId != podEvent.PodSandboxStatus.Id && podEvent.ContainerEventType != ContainerEventType.ContainerDeletedEvent;
        Assert.Equal(isListed, container is not null);
        if (podEvent.ContainerEventType == ContainerEventType.ContainerStoppedEvent)
        {
            Assert.Equal(isListed ? ContainerState.ContainerExited : null, container?.State);
        }
    }
}
