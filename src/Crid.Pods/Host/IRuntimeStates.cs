namespace Crid.Pods;

/// <summary>What OCI runtimes remember between their calls, by handler.</summary>
public interface IRuntimeStates
{
    IReadOnlyList<RuntimeState> List();
}
