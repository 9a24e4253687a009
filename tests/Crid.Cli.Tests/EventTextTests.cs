using System.Text.Json.Nodes;
using Crid.Api;

namespace Crid.Cli.Tests;

public sealed class EventTextTests
{
    [Fact]
    public void ToLine_ContainerEnds_TellsHow()
    {
        string line = EventText.ToLine(Event(ContainerEventType.ContainerStoppedEvent, "cccccccccccccccccc"));

        Assert.EndsWith("stopped ccccccccccccc default/web container app exit 137 OOMKilled", line, StringComparison.Ordinal);
    }

    [Fact]
    public void ToLine_Sandbox_IsAPod()
    {
        string line = EventText.ToLine(Event(ContainerEventType.ContainerCreatedEvent, "pppp"));

        Assert.EndsWith("created pppp          default/web pod", line, StringComparison.Ordinal);
    }

    [Fact]
    public void ToLine_HostileName_CannotSteerTheTerminal()
    {
        ContainerEventResponse podEvent = Event(ContainerEventType.ContainerStartedEvent, "cccccccccccccccccc");
        podEvent.ContainersStatuses[0].Metadata.Name = "\u001b[2J";

        Assert.DoesNotContain('\u001b', EventText.ToLine(podEvent));
    }

    [Fact]
    public void ToJson_Event_IsOneLine()
    {
        string line = EventText.ToJson(Event(ContainerEventType.ContainerStoppedEvent, "cccccccccccccccccc"));

        JsonNode json = JsonNode.Parse(line)!;
        Assert.DoesNotContain('\n', line);
        Assert.Equal(("stopped", "container", "web", 137), ((string?)json["type"], (string?)json["object"], (string?)json["pod"]!["name"], (int)json["container"]!["exitCode"]!));
        Assert.Equal("1970-01-01T00:00:01.0000000Z", (string?)json["time"]);
    }

    private static ContainerEventResponse Event(ContainerEventType type, string id) => new()
    {
        ContainerId = id,
        ContainerEventType = type,
        CreatedAt = 1_000_000_000,
        PodSandboxStatus = new PodSandboxStatus { Id = "pppp", Metadata = new PodSandboxMetadata { Name = "web", Namespace = "default", Uid = "u" } },
        ContainersStatuses =
        {
            new ContainerStatus
            {
                Id = "cccccccccccccccccc", Metadata = new ContainerMetadata { Name = "app" }, State = ContainerState.ContainerExited, ExitCode = 137, Reason = "OOMKilled",
            },
        },
    };
}
