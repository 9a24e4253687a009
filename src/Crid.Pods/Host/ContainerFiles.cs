using Crid.Core;
using Crid.Linux;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>Directories of containers on this machine.</summary>
internal sealed class ContainerFiles(CridDirectories directories) : IContainerFiles
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private const UnixFileMode Public = Private
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public void Create(ContainerId id, uint? group)
    {
        string path = directories.Container(id);
        Directory.CreateDirectory(path, Private);
        if (group is uint passing)
        {
            FileMetadata.SetOwner(path, 0, passing);
            File.SetUnixFileMode(path, Private | UnixFileMode.GroupExecute);
        }
    }

    public void CreateLogDirectory(string logPath) => Directory.CreateDirectory(Path.GetDirectoryName(logPath)!, Public);

    public string? FindCgroupPath(ContainerId id) => CgroupPath.FindOfBundle(directories.Container(id));

    public void Delete(ContainerId id) => OwnedDirectories.Delete(directories.Container(id));

    public IReadOnlyList<ContainerId> List() =>
        [.. OwnedDirectories.Names(directories.Containers).Where(name => ContainerId.TryParse(name, out _)).Select(ContainerId.Parse)];
}
