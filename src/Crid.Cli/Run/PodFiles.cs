using Crid.Api;

namespace Crid.Cli;

/// <summary>
/// The files of a pod that are kubelet's job elsewhere: log directories, empty directories and a hosts file. They are made when
/// <c>crid run</c> starts a pod and deleted when the pod is removed.
/// </summary>
internal sealed class PodFiles
{
    /// <summary>Marks sandboxes whose files belong to crid run.</summary>
    public const string CreatorLabel = "crid.created-by";
    public const string CreatorValue = "crid-run";

    private const UnixFileMode Everybody = (UnixFileMode)0b111_111_111;
    private const UnixFileMode Readable = (UnixFileMode)0b111_101_101;
    private const UnixFileMode OwnerOnly = (UnixFileMode)0b111_001_001;
    private readonly PodFileRoots _roots;
    private readonly string _uid;

    private PodFiles(PodFileRoots roots, string space, string name, string uid)
    {
        _roots = roots;
        _uid = uid;
        LogDirectory = $"{roots.Logs}/{space}_{name}_{uid}";
    }

    /// <summary>As kubelet names it.</summary>
    public string LogDirectory { get; }

    public string HostsFile => $"{_roots.Volumes}/{_uid}/hosts";

    public static PodFiles Of(PodManifest pod, PodFileRoots roots) => new(roots, pod.Namespace, pod.Name, pod.Uid);

    /// <summary>The files of a sandbox that crid run made; null for kubelet's.</summary>
    public static PodFiles? OfSandbox(PodSandbox sandbox, PodFileRoots roots)
    {
        PodSandboxMetadata metadata = sandbox.Metadata;
        bool isOurs = sandbox.Labels.TryGetValue(CreatorLabel, out string? creator) && creator == CreatorValue;
        return isOurs && Guid.TryParseExact(metadata.Uid, "D", out _) && IsPathPart(metadata.Namespace) && IsPathPart(metadata.Name)
            ? new PodFiles(roots, metadata.Namespace, metadata.Name, metadata.Uid)
            : null;
    }

    public static string LogPath(string container) => $"{container}/0.log";

    /// <summary>Makes every directory that the pod needs; paths of the machine are made or checked as their type says.</summary>
    public void Create(PodManifest pod)
    {
        foreach (ContainerManifest container in pod.InitContainers.Concat(pod.Containers))
        {
            Directory.CreateDirectory($"{LogDirectory}/{container.Name}", Readable);
        }

        foreach (VolumeManifest volume in pod.Volumes)
        {
            if (volume.HostPath is not null)
            {
                HostPaths.Ensure(volume.HostPath, volume.HostPathType);
            }
            else if (volume.Image is null)
            {
                CreateEmptyDirectory(volume);
            }
        }
    }

    /// <summary>Where a volume that is not an image lies on the machine.</summary>
    public string VolumePath(VolumeManifest volume) =>
        volume.HostPath ?? $"{(volume.InMemory ? _roots.Memory : _roots.Volumes)}/{_uid}/{volume.Name}";

    public void WriteHosts(IReadOnlyList<string> lines)
    {
        Directory.CreateDirectory($"{_roots.Volumes}/{_uid}", OwnerOnly);
        File.WriteAllLines(HostsFile, lines);
    }

    public void Delete()
    {
        foreach (string directory in new[] { LogDirectory, $"{_roots.Volumes}/{_uid}", $"{_roots.Memory}/{_uid}" })
        {
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    private static bool IsPathPart(string text) => text.Length > 0 && text[0] != '.' && !text.Contains('/', StringComparison.Ordinal);

    // Any user of the container may write to it, as kubelet sets it up; the directory above keeps other users of the machine out of memory.
    private void CreateEmptyDirectory(VolumeManifest volume)
    {
        string path = VolumePath(volume);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnerOnly);
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, Everybody);
    }
}
