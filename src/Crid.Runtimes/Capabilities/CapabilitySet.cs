using Crid.Core;
using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>The capabilities of a container: the defaults, changed as the request says, within what the daemon itself may pass on.</summary>
internal static class CapabilitySet
{
    /// <summary>The capabilities in the order of their numbers.</summary>
    /// <remarks>ALL in add comes first, then ALL in drop, then single adds, then single drops.</remarks>
    /// <exception cref="CridException">InvalidArgument: an added capability is not known. FailedPrecondition: this host does not have it.</exception>
    public static IReadOnlyList<string> For(SecuritySpec security, HostFacts host)
    {
        HashSet<string> available = [.. host.Capabilities];
        if (security.Privileged)
        {
            return host.Capabilities;
        }

        HashSet<string> granted = [.. Capability.Defaults.Where(available.Contains)];
        if (security.Capabilities is { } changes)
        {
            Change(granted, available, changes);
        }

        return [.. Capability.Names.Where(granted.Contains)];
    }

    /// <summary>Inheritable and ambient sets stay empty: what they hold would survive the execution of ordinary files.</summary>
    public static OciCapabilities ToOci(IReadOnlyList<string> capabilities) =>
        new() { Bounding = capabilities, Effective = capabilities, Permitted = capabilities };

    private static void Change(HashSet<string> granted, HashSet<string> available, CapabilitiesSpec changes)
    {
        List<string> adds = [.. changes.Add.Select(Capability.Normalise)];
        List<string> drops = [.. changes.Drop.Select(Capability.Normalise)];
        if (adds.Remove(Capability.All))
        {
            granted.UnionWith(available);
        }

        if (drops.Contains(Capability.All))
        {
            granted.Clear();
        }

        foreach (string name in adds.Where(static name => name != Capability.All))
        {
            granted.Add(available.Contains(name) ? name : throw Unavailable(name));
        }

        granted.ExceptWith(drops);
    }

    private static CridException Unavailable(string name) => Capability.Names.Contains(name)
        ? CridException.FailedPrecondition($"capability '{name}' can't be added: the daemon does not have it")
        : CridException.InvalidArgument($"capability '{name}' is not known");
}
