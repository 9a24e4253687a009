using System.Text;
using System.Text.Json;
using Crid.Api;

namespace Crid.Cli;

/// <summary>An event as a line for people or as an object of one line for programs.</summary>
internal static class EventText
{
    private const int IdWidth = 13;
    private const int TypeWidth = 7;
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fffzzz";

    /// <summary>Time, what happened, to which id, and what it is called; for an end also how it ended.</summary>
    public static string ToLine(ContainerEventResponse podEvent)
    {
        PodSandboxMetadata pod = podEvent.PodSandboxStatus.Metadata;
        ContainerStatus? container = Find(podEvent);
        string what = IsOfSandbox(podEvent) ? "pod" : container is null ? "container" : $"container {container.Metadata.Name}";
        string end = podEvent.ContainerEventType == ContainerEventType.ContainerStoppedEvent && container is not null
            ? $" exit {container.ExitCode} {container.Reason}"
            : "";
        return SafeText.Of(
            $"{Time(podEvent).ToLocalTime().ToString(TimeFormat)} {TypeName(podEvent).PadRight(TypeWidth)} "
            + $"{HumanFormat.ShortId(podEvent.ContainerId).PadRight(IdWidth)} {pod.Namespace}/{pod.Name} {what}{end}");
    }

    public static string ToJson(ContainerEventResponse podEvent)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", Time(podEvent).ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ"));
            json.WriteString("type", TypeName(podEvent));
            json.WriteString("object", IsOfSandbox(podEvent) ? "pod" : "container");
            json.WriteString("id", podEvent.ContainerId);
            WritePod(json, podEvent.PodSandboxStatus);
            if (Find(podEvent) is ContainerStatus container)
            {
                WriteContainer(json, container);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void WritePod(Utf8JsonWriter json, PodSandboxStatus sandbox)
    {
        json.WriteStartObject("pod");
        json.WriteString("id", sandbox.Id);
        json.WriteString("namespace", sandbox.Metadata.Namespace);
        json.WriteString("name", sandbox.Metadata.Name);
        json.WriteString("uid", sandbox.Metadata.Uid);
        json.WriteString("state", sandbox.State == PodSandboxState.SandboxReady ? "ready" : "notready");
        json.WriteEndObject();
    }

    private static void WriteContainer(Utf8JsonWriter json, ContainerStatus container)
    {
        json.WriteStartObject("container");
        json.WriteString("name", container.Metadata.Name);
        json.WriteNumber("attempt", container.Metadata.Attempt);
        json.WriteString("image", container.Image?.Image ?? "");
        json.WriteString("state", PsVerb.StateName(container.State));
        if (container.State == ContainerState.ContainerExited)
        {
            json.WriteNumber("exitCode", container.ExitCode);
            json.WriteString("reason", container.Reason);
        }

        json.WriteEndObject();
    }

    private static DateTimeOffset Time(ContainerEventResponse podEvent) => HumanFormat.FromNanoseconds(podEvent.CreatedAt);

    private static bool IsOfSandbox(ContainerEventResponse podEvent) => podEvent.ContainerId == podEvent.PodSandboxStatus.Id;

    private static ContainerStatus? Find(ContainerEventResponse podEvent) =>
        podEvent.ContainersStatuses.FirstOrDefault(container => container.Id == podEvent.ContainerId);

    private static string TypeName(ContainerEventResponse podEvent) => podEvent.ContainerEventType switch
    {
        ContainerEventType.ContainerCreatedEvent => "created",
        ContainerEventType.ContainerStartedEvent => "started",
        ContainerEventType.ContainerStoppedEvent => "stopped",
        ContainerEventType.ContainerDeletedEvent => "deleted",
        _ => "unknown",
    };
}
