using Crid.Core;
using Crid.Linux;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>The counters of this machine.</summary>
public sealed class LinuxMeters(CgroupLayout layout, CridDirectories directories, PinnedNamespaces namespaces) : IMeters
{
    private const string SliceSuffix = ".slice";

    private readonly ContainerCgroups _cgroups = new(new CgroupTree(layout));
    private readonly InterfaceMeter _interfaces = new();

    public ICgroupMeter? OpenContainer(string cgroupPath) => Open(_cgroups.DirectoryOf(cgroupPath));

    public ICgroupMeter? OpenPod(string cgroupParent)
    {
        // A slice has its place by its name alone, with or without the path in front of it.
        string name = cgroupParent.TrimEnd('/');
        string last = name[(name.LastIndexOf('/') + 1)..];
        return Open(last.EndsWith(SliceSuffix, StringComparison.Ordinal)
            ? Path.GetDirectoryName(_cgroups.DirectoryOf($"{last}:crid:pod"))!
            : name);
    }

    public IReadOnlyList<InterfaceCounters> ReadInterfaces(SandboxId id) =>
        namespaces.Get(id).Network is string pin ? _interfaces.Read(pin) ?? [] : [];

    public DirectoryUsage? MeasureWritableLayer(ContainerId id, Func<bool> isOver) =>
        DirectoryMeasure.Measure(directories.WritableLayer(id), isOver);

    public void Dispose() => _interfaces.Dispose();

    private LinuxCgroupMeter? Open(string directory) =>
        CgroupMeter.Open(layout, directory) is CgroupMeter meter ? new LinuxCgroupMeter(meter) : null;
}
