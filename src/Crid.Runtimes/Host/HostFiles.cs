using Crid.Core;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Runtimes;

/// <summary>The host's file system itself.</summary>
internal sealed class HostFiles : IHostFiles
{
    private const int MaxProfileBytes = 4 << 20;
    private const string LoadedProfiles = "/sys/kernel/security/apparmor/profiles";

    // Directories with devices of their own kind, and the console, which the runtime sets up itself.
    private static readonly HashSet<string> SkippedNames = ["pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev", "console"];

    public string Resolve(string path)
    {
        if (!path.StartsWith('/'))
        {
            throw CridException.InvalidArgument($"'{path}' is not an absolute path of the host");
        }

        return RootedFiles.FindRealPath(path) ?? throw CridException.InvalidArgument($"'{path}' does not exist on the host");
    }

    public bool Exists(string path) => RootedFiles.FindRealPath(path) is not null;

    public HostPropagation PropagationOf(string path)
    {
        MountInfo? holder = Mounts.Read()
            .Where(mount => mount.Mountpoint == path || ContainerPath.IsBelow(path, mount.Mountpoint))
            .Aggregate(default(MountInfo), static (best, mount) => best is null || mount.Mountpoint.Length >= best.Mountpoint.Length ? mount : best);
        return holder switch
        {
            { IsShared: true } => HostPropagation.Shared,
            not null when holder.Propagation.Any(static tag => tag.StartsWith("master:", StringComparison.Ordinal)) => HostPropagation.Slave,
            _ => HostPropagation.Private,
        };
    }

    public IReadOnlyList<HostDevice> Devices(string path)
    {
        List<HostDevice> devices = [];
        if (Directory.Exists(path))
        {
            AddBelow(path, devices);
        }
        else
        {
            string parent = Path.GetDirectoryName(path) ?? "/";
            using SafeFileHandle directory = FileAt.OpenDirectory(parent);
            AddNode(directory, parent, Path.GetFileName(path), devices);
        }

        return devices;
    }

    public byte[] ReadProfile(string path)
    {
        try
        {
            return RootedFiles.ReadFile("/", path, MaxProfileBytes)
                ?? throw CridException.InvalidArgument($"profile '{path}' does not exist or is not a file");
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or LinuxException)
        {
            throw CridException.InvalidArgument($"profile '{path}': {exception.Message}", exception);
        }
    }

    // A line is the name and, in brackets, the mode.
    public bool IsAppArmorProfileLoaded(string name) =>
        File.Exists(LoadedProfiles) && File.ReadLines(LoadedProfiles).Any(line => line.StartsWith($"{name} (", StringComparison.Ordinal));

    public string EnsureDirectory(string root, string path, FileOwner owner) => RootedFiles.EnsureDirectory(root, path, owner);

    private static void AddBelow(string path, List<HostDevice> devices)
    {
        using SafeFileHandle directory = FileAt.OpenDirectory(path);
        List<(string Name, FileKind Kind)> entries =
        [
            .. DirectoryTree.ReadEntries(directory).Select(static entry => (System.Text.Encoding.UTF8.GetString(entry.Name), entry.Kind)),
        ];
        foreach ((string name, FileKind kind) in entries.Where(static entry => !SkippedNames.Contains(entry.Name)).OrderBy(static entry => entry.Name, StringComparer.Ordinal))
        {
            if (kind == FileKind.Directory)
            {
                AddBelow($"{path}/{name}", devices);
            }
            else if (kind is FileKind.CharacterDevice or FileKind.BlockDevice)
            {
                AddNode(directory, path, name, devices);
            }
        }
    }

    private static void AddNode(SafeFileHandle directory, string parent, string name, List<HostDevice> devices)
    {
        if (FileMetadata.FindStatus(directory, System.Text.Encoding.UTF8.GetBytes(name)) is not FileStatus status
            || status.Kind is not (FileKind.CharacterDevice or FileKind.BlockDevice))
        {
            return;
        }

        devices.Add(new HostDevice
        {
            Path = parent == "/" ? $"/{name}" : $"{parent}/{name}",
            IsBlock = status.Kind == FileKind.BlockDevice,
            Major = status.Device.Major,
            Minor = status.Device.Minor,
            Mode = status.Mode & 0xFFF,
            Uid = status.UserId,
            Gid = status.GroupId,
        });
    }
}
