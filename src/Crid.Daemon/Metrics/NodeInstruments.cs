using System.Diagnostics.Metrics;
using Crid.Core;
using Crid.Images;
using Crid.Keeper.Protocol;
using Crid.Pods;

namespace Crid.Daemon;

/// <summary>What is observed of the node when somebody asks: sandboxes, containers, images, the keeper.</summary>
internal sealed class NodeInstruments(PodService pods, IImages images, KeeperClient keeper)
{
    private static readonly SandboxFilter AnySandbox = new(Id: null, State: null, Labels: null);
    private static readonly ContainerFilter AnyContainer = new(Id: null, SandboxId: null, State: null, Labels: null);

    /// <summary>Begins to offer them.</summary>
    public void Create()
    {
        Meter meter = CridTelemetry.Meter;
        meter.CreateObservableGauge("crid_keeper_connected", () => keeper.IsConnected ? 1L : 0, description: "Whether crid-keeper can be reached: 1 or 0.");
        meter.CreateObservableGauge(
            "crid_sandboxes",
            () => Count<SandboxState>(pods.Sandboxes.List(AnySandbox).Select(static sandbox => sandbox.Status.State)),
            description: "Sandboxes, by state.");
        meter.CreateObservableGauge(
            "crid_containers",
            () => Count<ContainerState>(pods.Containers.List(AnyContainer).Select(static container => container.Status.State)),
            description: "Containers, by state.");
        meter.CreateObservableGauge("crid_images", () => (long)images.List().Count, description: "Images on this node.");
        meter.CreateObservableGauge("crid_image_filesystem_used_bytes", () => (long)images.GetUsage().UsedBytes, "By", "Bytes that layers take.");
    }

    private static IEnumerable<Measurement<long>> Count<TState>(IEnumerable<TState> states)
        where TState : struct, Enum
    {
        ILookup<TState, TState> groups = states.ToLookup(static state => state);
        return Enum.GetValues<TState>().Select(state => new Measurement<long>(
            groups[state].Count(), new KeyValuePair<string, object?>("state", state.ToString().ToLowerInvariant())));
    }
}
