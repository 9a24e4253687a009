using Crid.Core;
using Crid.Linux;
using Crid.Runtimes;
using Microsoft.Win32.SafeHandles;

namespace Crid.Pods;

/// <summary>The counters of this machine.</summary>
public sealed class LinuxMeters(CgroupLayout layout, CridDirectories directories, PinnedNamespaces namespaces) : IMeters
{
    private const string SliceSuffix = ".slice";

    private readonly ContainerCgroups _cgroups = new(new CgroupTree(layout));
    private readonly CgroupInspector _inspector = new(layout);
    private readonly InterfaceMeter _interfaces = new();
    private readonly Lazy<string> _storageDevice = new(() => FindDevice(directories.Snapshots));

    public ICgroupMeter? OpenContainer(string cgroupPath) => Open(_cgroups.DirectoryOf(cgroupPath));

    public ICgroupMeter? OpenPod(string cgroupParent) => Open(PodDirectory(cgroupParent));

    public string PodDirectory(string cgroupParent)
    {
        // A slice has its place by its name alone, with or without the path in front of it.
        string name = cgroupParent.TrimEnd('/');
        string last = name[(name.LastIndexOf('/') + 1)..];
        return last.EndsWith(SliceSuffix, StringComparison.Ordinal)
            ? Path.GetDirectoryName(_cgroups.DirectoryOf($"{last}:crid:pod"))!
            : name;
    }

    public ContainerDetails ReadDetails(string cgroupPath, int pid)
    {
        string directory = _cgroups.DirectoryOf(cgroupPath);
        return new ContainerDetails(
            directory, _inspector.Read(directory), ProcessResources.Count(_cgroups.Processes(cgroupPath)), ProcessResources.FindOpenFilesLimit(pid));
    }

    public StorageStatus ReadStorage()
    {
        using SafeFileHandle directory = FileAt.OpenDirectory(directories.Snapshots);
        return new StorageStatus(_storageDevice.Value, FileSystems.GetStatus(directory));
    }

    public IReadOnlyList<InterfaceCounters> ReadInterfaces(SandboxId id) =>
        namespaces.Get(id).Network is string pin ? _interfaces.Read(pin) ?? [] : [];

    public DirectoryUsage? MeasureWritableLayer(ContainerId id, Func<bool> isOver) =>
        DirectoryMeasure.Measure(directories.WritableLayer(id), isOver);

    public void Dispose() => _interfaces.Dispose();

    private LinuxCgroupMeter? Open(string directory) =>
        CgroupMeter.Open(layout, directory) is CgroupMeter meter ? new LinuxCgroupMeter(meter) : null;

    private static string FindDevice(string directory) => Mounts.Read()
        .Where(mount => directory == mount.Mountpoint || directory.StartsWith($"{mount.Mountpoint.TrimEnd('/')}/", StringComparison.Ordinal))
        .MaxBy(static mount => mount.Mountpoint.Length)?.Source ?? "";
}
