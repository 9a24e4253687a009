namespace Crid.Pods;

/// <summary>What happens to the sandboxes and containers of this node, as it happens.</summary>
public interface IPodEvents
{
    /// <summary>Begins a stream of every event from now on.</summary>
    PodEventStream Subscribe();
}
