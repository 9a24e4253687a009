namespace Crid.Runtimes;

/// <summary>Whether a mount is a member of a peer group: mount_namespaces(7).</summary>
internal enum HostPropagation
{
    Private,
    Slave,
    Shared,
}
