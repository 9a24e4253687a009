using Crid.Core;

namespace Crid.Pods;

/// <summary>The state directories of OCI runtimes on this machine: a directory for each handler, in it one for each container.</summary>
internal sealed class RuntimeStateDirectories(CridDirectories directories) : IRuntimeStates
{
    public IReadOnlyList<RuntimeState> List()
    {
        List<RuntimeState> states = [];
        foreach (string handler in OwnedDirectories.Names(directories.Runtimes))
        {
            foreach (string name in OwnedDirectories.Names($"{directories.Runtimes}/{handler}"))
            {
                if (ContainerId.TryParse(name, out ContainerId id))
                {
                    states.Add(new RuntimeState(handler, id));
                }
            }
        }

        return states;
    }

    public void Delete(RuntimeState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        OwnedDirectories.Delete($"{directories.Runtimes}/{state.Handler}/{state.Id}");
    }
}
