namespace Crid.Pods;

/// <summary>What OCI runtimes remember between their calls, by handler.</summary>
public interface IRuntimeStates
{
    IReadOnlyList<RuntimeState> List();

    /// <summary>Deletes what a runtime that can't be called any more remembers of a container; accepts that it is nothing.</summary>
    void Delete(RuntimeState state);
}
