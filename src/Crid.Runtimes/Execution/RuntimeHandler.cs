namespace Crid.Runtimes;

/// <summary>A handler as Status advertises it.</summary>
public sealed record RuntimeHandler(string Name, bool RecursiveReadOnlyMounts, bool UserNamespaces)
{
    /// <summary>It can move network interfaces of the host into containers, which CDI devices may want.</summary>
    public bool NetworkDevices { get; init; }
}
