using Crid.Core;

namespace Crid.Runtimes;

/// <summary>
/// Annotations that put a container into a class of block I/O or of cache and memory bandwidth (RDT). crid has no such classes: a container
/// that asks for one is refused rather than run without it.
/// </summary>
internal static class ResourceClasses
{
    private static readonly string[] OfContainer = ["io.kubernetes.cri.blockio-class", "io.kubernetes.cri.rdt-class"];
    private static readonly string[] OfPod = ["blockio.resources.beta.kubernetes.io", "rdt.resources.beta.kubernetes.io"];

    /// <exception cref="CridException">Unimplemented: a class is asked for.</exception>
    public static void Refuse(ContainerSpec container, SandboxSpec sandbox)
    {
        IEnumerable<string> ofPod = OfPod.SelectMany(prefix => new[] { $"{prefix}/pod", $"{prefix}/container.{container.Metadata.Name}" });
        string? asked = OfContainer.FirstOrDefault(container.Annotations.ContainsKey) ?? ofPod.FirstOrDefault(sandbox.Annotations.ContainsKey);
        if (asked is not null)
        {
            throw new CridException(ErrorKind.Unimplemented, $"annotation '{asked}': classes of block I/O and RDT are not supported");
        }
    }
}
