using Crid.Api;
using Crid.Core;

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

    private const string LogRoot = "/var/log/pods";
    private const string VolumeRoot = CridDirectories.DefaultRoot + "/pods";
    private const string MemoryRoot = "/dev/shm/crid-pods";

    private const UnixFileMode Everybody = (UnixFileMode)0b111_111_111;
    private const UnixFileMode Readable = (UnixFileMode)0b111_101_101;
    private const UnixFileMode OwnerOnly = (UnixFileMode)0b111_001_001;
    private readonly string _uid;

    private PodFiles(string space, string name, string uid)
    {
        _uid = uid;
        LogDirectory = $"{LogRoot}/{space}_{name}_{uid}";
    }

    /// <summary>As kubelet names it.</summary>
    public string LogDirectory { get; }

    public string HostsFile => $"{VolumeRoot}/{_uid}/hosts";

    public static PodFiles Of(PodManifest pod) => new(pod.Namespace, pod.Name, pod.Uid);

    /// <summary>The files of a sandbox that crid run made; null for kubelet's.</summary>
    public static PodFiles? OfSandbox(PodSandbox sandbox)
    {
        PodSandboxMetadata metadata = sandbox.Metadata;
        bool isOurs = sandbox.Labels.TryGetValue(CreatorLabel, out string? creator) && creator == CreatorValue;
        return isOurs && Guid.TryParseExact(metadata.Uid, "D", out _) && IsPathPart(metadata.Namespace) && IsPathPart(metadata.Name)
            ? new PodFiles(metadata.Namespace, metadata.Name, metadata.Uid)
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
            if (volume.HostPath is null)
            {
                CreateEmptyDirectory(volume);
            }
            else
            {
                HostPaths.Ensure(volume.HostPath, volume.HostPathType);
            }
        }
    }

    /// <summary>Where a volume lies on the machine.</summary>
    public string VolumePath(VolumeManifest volume) =>
        volume.HostPath ?? $"{(volume.InMemory ? MemoryRoot : VolumeRoot)}/{_uid}/{volume.Name}";

    public void WriteHosts(IReadOnlyList<string> lines)
    {
        Directory.CreateDirectory($"{VolumeRoot}/{_uid}", OwnerOnly);
        File.WriteAllLines(HostsFile, lines);
    }

    public void Delete()
    {
        foreach (string directory in new[] { LogDirectory, $"{VolumeRoot}/{_uid}", $"{MemoryRoot}/{_uid}" })
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
