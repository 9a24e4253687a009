namespace Crid.Linux;

/// <summary>How mount events travel to and from a mount: mount_namespaces(7), "Shared subtrees".</summary>
public enum Propagation
{
    Private,
    Slave,
    Shared,
    Unbindable,
}
