namespace Crid.Pods;

/// <summary>What happened to a sandbox or container; the numbers are the CRI's.</summary>
public enum PodEventKind
{
    Created,
    Started,
    Stopped,
    Deleted,
}
