using Crid.Core;

namespace Crid.Pods;

/// <summary>The directory of a container below /run and the directory of its log.</summary>
public interface IContainerFiles
{
    /// <summary>Makes the container's own directory, mode 0700. Repeatable.</summary>
    /// <param name="group">A group that may pass through it: the root's of a user namespace, who mounts the root file system in it.</param>
    void Create(ContainerId id, uint? group);

    /// <summary>Makes the directory in which the log file will lie.</summary>
    void CreateLogDirectory(string logPath);

    /// <summary>The cgroup that the container's bundle names; null where there is no whole bundle.</summary>
    string? FindCgroupPath(ContainerId id);

    /// <summary>Unmounts what is mounted in the container's directory and deletes it; accepts containers that have none.</summary>
    void Delete(ContainerId id);

    /// <summary>All containers that have a directory.</summary>
    IReadOnlyList<ContainerId> List();
}
