namespace Crid.Pods;

/// <summary>The state of a container; numbers are those of the CRI.</summary>
public enum ContainerState
{
    Created = 0,
    Running = 1,
    Exited = 2,
    Unknown = 3,
}
