namespace Crid.Pods;

/// <summary>The state of a sandbox; numbers are those of the CRI.</summary>
public enum SandboxState
{
    Ready = 0,
    NotReady = 1,
}
