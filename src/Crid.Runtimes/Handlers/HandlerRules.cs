namespace Crid.Runtimes;

/// <summary>What the operator decides about the specs of a handler's containers.</summary>
public sealed record HandlerRules
{
    /// <summary>Privileged containers get the devices that they ask for, and not all of the host: for runtimes with a kernel of their own.</summary>
    public bool PrivilegedWithoutHostDevices { get; init; }

    /// <summary>Where they don't get the host's devices, privileged containers may still use every device that they make.</summary>
    public bool AllDevicesAllowed { get; init; }

    /// <summary>Keys of annotations of pods and containers that the OCI runtime sees; <c>*</c> stands for any characters, <c>?</c> for one.</summary>
    public IReadOnlyList<string> AllowedAnnotations { get; init; } = [];

    /// <summary>Annotations of every container; an allowed one of the pod or container with the same key counts instead.</summary>
    public IReadOnlyDictionary<string, string> DefaultAnnotations { get; init; } = new Dictionary<string, string>();
}
