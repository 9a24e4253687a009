namespace Crid.Runtimes;

/// <summary>How mounts travel between host and container; numbers are those of the CRI.</summary>
public enum MountPropagation
{
    Private = 0,
    HostToContainer = 1,
    Bidirectional = 2,
}
