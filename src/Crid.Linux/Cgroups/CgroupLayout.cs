namespace Crid.Linux;

/// <summary>The cgroup trees of a machine.</summary>
public sealed class CgroupLayout
{
    private const string Root = "/sys/fs/cgroup";

    public CgroupLayout(IReadOnlyList<CgroupHierarchy> hierarchies)
    {
        ArgumentNullException.ThrowIfNull(hierarchies);
        Hierarchies = hierarchies;
        bool hasUnified = hierarchies.Any(static hierarchy => hierarchy.IsUnified);
        bool hasControllers = hierarchies.Any(static hierarchy => !hierarchy.IsUnified);
        Mode = (hasUnified, hasControllers) switch
        {
            (true, false) => CgroupMode.Unified,
            (true, true) => CgroupMode.Hybrid,
            _ => CgroupMode.Legacy,
        };
    }

    public IReadOnlyList<CgroupHierarchy> Hierarchies { get; }

    public CgroupMode Mode { get; }

    /// <summary>The trees that hold containers: the unified one, or all with a controller of v1.</summary>
    public IEnumerable<CgroupHierarchy> ContainerHierarchies =>
        Mode == CgroupMode.Unified ? Hierarchies : Hierarchies.Where(static hierarchy => !hierarchy.IsUnified);

    /// <summary>Reads what is mounted now, as this process sees it.</summary>
    public static CgroupLayout Detect() => FromMounts(Mounts.Read());

    /// <summary>The tree that has a controller; null where the machine has none.</summary>
    public CgroupHierarchy? Find(string controller) => Mode == CgroupMode.Unified
        ? Hierarchies[0]
        : Hierarchies.FirstOrDefault(hierarchy => hierarchy.Controllers.Contains(controller));

    internal static CgroupLayout FromMounts(IEnumerable<MountInfo> mounts)
    {
        Dictionary<string, CgroupHierarchy> found = [];
        foreach (MountInfo mount in mounts.Where(static mount => mount.Mountpoint.StartsWith(Root, StringComparison.Ordinal)))
        {
            if (mount.FileSystemType == "cgroup2")
            {
                found[mount.Mountpoint] = new CgroupHierarchy(mount.Mountpoint, []);
            }
            else if (mount.FileSystemType == "cgroup")
            {
                found[mount.Mountpoint] = new CgroupHierarchy(mount.Mountpoint, ControllersOf(mount));
            }
        }

        return new CgroupLayout([.. found.Values]);
    }

    // Among the options of the file system only its controllers and its name are neither flags nor settings.
    private static string[] ControllersOf(MountInfo mount) =>
    [
        .. mount.SuperOptions.Split(',').Where(static option =>
            option.StartsWith("name=", StringComparison.Ordinal)
            || (!option.Contains('=', StringComparison.Ordinal) && option is not ("rw" or "ro" or "xattr" or "clone_children" or "noprefix"))),
    ];
}
