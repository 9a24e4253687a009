namespace Crid.Pods.Tests;

/// <summary>Runtime state directories of the fake machine.</summary>
internal sealed class FakeRuntimeStates(Incarnation life) : IRuntimeStates
{
    public IReadOnlyList<RuntimeState> List() => life.Look(() => life.Machine.RuntimeStates.ToList());

    public void Delete(RuntimeState state) => life.Look(() => life.Machine.RuntimeStates.Remove(state));
}
