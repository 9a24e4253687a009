using Crid.Core;
using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>The capabilities of a container: the defaults, changed as the request says, within what the daemon itself may pass on.</summary>
internal static class CapabilitySet
{
    /// <summary>The capabilities in the order of their numbers; ambient ones are among them.</summary>
    /// <remarks>ALL in add comes first, then ALL in drop, then single adds, then single drops.</remarks>
    /// <exception cref="CridException">InvalidArgument: a capability is not known. FailedPrecondition: this host does not have an added one.</exception>
    public static IReadOnlyList<string> For(SecuritySpec security, HostFacts host)
    {
        if (security.Privileged)
        {
            return host.Capabilities;
        }

        CapabilitiesSpec changes = security.Capabilities ?? new CapabilitiesSpec([], [], []);
        return Change(Capability.Defaults, [.. changes.Add, .. changes.AddAmbient], changes.Drop, host);
    }

    /// <summary>Those that a process keeps when it executes an ordinary file as a user other than root, by the same rules; none by default.</summary>
    /// <exception cref="CridException">As <see cref="For"/>.</exception>
    public static IReadOnlyList<string> Ambient(SecuritySpec security, HostFacts host) => security.Capabilities is { AddAmbient.Count: > 0 } changes
        ? Change([], changes.AddAmbient, security.Privileged ? [] : changes.Drop, host)
        : [];

    /// <summary>The inheritable set holds the ambient ones alone: what is in it would survive the execution of files that have it too.</summary>
    public static OciCapabilities ToOci(IReadOnlyList<string> capabilities, IReadOnlyList<string> ambient) => new()
    {
        Bounding = capabilities,
        Effective = capabilities,
        Permitted = capabilities,
        Inheritable = ambient.Count > 0 ? ambient : null,
        Ambient = ambient.Count > 0 ? ambient : null,
    };

    private static IReadOnlyList<string> Change(IReadOnlyList<string> before, IReadOnlyList<string> adds, IReadOnlyList<string> drops, HostFacts host)
    {
        HashSet<string> available = [.. host.Capabilities];
        HashSet<string> granted = [.. before.Where(available.Contains)];
        HashSet<string> added = [.. adds.Select(Capability.Normalise)];
        HashSet<string> dropped = [.. drops.Select(Capability.Normalise)];
        if (dropped.FirstOrDefault(static name => name != Capability.All && !Capability.Names.Contains(name)) is { } unknown)
        {
            // Misspelt it would stay.
            throw Unknown(unknown);
        }

        if (added.Remove(Capability.All))
        {
            granted.UnionWith(available);
        }

        if (dropped.Contains(Capability.All))
        {
            granted.Clear();
        }

        foreach (string name in added)
        {
            granted.Add(available.Contains(name) ? name : throw Unavailable(name));
        }

        granted.ExceptWith(dropped);
        return [.. Capability.Names.Where(granted.Contains)];
    }

    private static CridException Unavailable(string name) => Capability.Names.Contains(name)
        ? CridException.FailedPrecondition($"capability '{name}' can't be added: the daemon does not have it")
        : Unknown(name);

    private static CridException Unknown(string name) => CridException.InvalidArgument($"capability '{name}' is not known");
}
