using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>
/// The form in which two requests for one container are compared. kubelet's retry of a request is never equal to it: what kubelet takes from maps
/// comes in another order, and the file for the termination message, which it makes anew each time, has another random name.
/// </summary>
internal static class CanonicalSpec
{
    /// <summary>Where kubelet says at which path the container sees the file for its termination message.</summary>
    internal const string TerminationMessagePath = "io.kubernetes.container.terminationMessagePath";

    /// <summary>Equal bytes for requests that ask for the same container.</summary>
    public static byte[] Write(ContainerSpec spec) => PodsJson.Write(spec with
    {
        Environment = [.. LastOfEachName(spec.Environment)],
        Mounts = [.. spec.Mounts.Select(mount => WithoutRandomName(mount, spec)).OrderBy(static mount => mount.ContainerPath, StringComparer.Ordinal)],
        Devices = [.. spec.Devices.OrderBy(static device => device.ContainerPath, StringComparer.Ordinal)],
        CdiDevices = [.. spec.CdiDevices.Order(StringComparer.Ordinal)],
    });

    public static bool AreEqual(ContainerSpec left, ContainerSpec right) => Write(left).AsSpan().SequenceEqual(Write(right));

    private static SortedDictionary<string, string> LastOfEachName(IReadOnlyList<KeyValuePair<string, string>> environment)
    {
        SortedDictionary<string, string> values = new(StringComparer.Ordinal);
        foreach ((string name, string value) in environment)
        {
            values[name] = value;
        }

        return values;
    }

    private static MountSpec WithoutRandomName(MountSpec mount, ContainerSpec spec) =>
        mount.Image.Length == 0 && spec.Annotations.TryGetValue(TerminationMessagePath, out string? path) && mount.ContainerPath == path
            ? mount with { HostPath = Path.GetDirectoryName(mount.HostPath) ?? "" }
            : mount;
}
