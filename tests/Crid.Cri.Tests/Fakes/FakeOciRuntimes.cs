using Crid.Core;
using Crid.Runtimes;

namespace Crid.Cri.Tests;

/// <summary>One handler, listed under its name and as the default.</summary>
internal sealed class FakeOciRuntimes : IOciRuntimes
{
    public IReadOnlyList<RuntimeHandler> Handlers { get; } =
    [
        new RuntimeHandler("", RecursiveReadOnlyMounts: true, UserNamespaces: false),
        new RuntimeHandler("runc", RecursiveReadOnlyMounts: true, UserNamespaces: false),
    ];

    public string DefaultHandler => "runc";

    public CgroupDriver CgroupDriver => CgroupDriver.Cgroupfs;

    public SelinuxPolicy? Selinux { get; set; }

    public CdiInventory ListCdiDevices() => new(
        ["/etc/cdi"],
        [new CdiInventoryDevice("vendor.com/gpu=0", "/etc/cdi/gpu.json", Rival: null), new CdiInventoryDevice("vendor.com/gpu=1", "/etc/cdi/gpu.json", "/etc/cdi/other.json")],
        [("/etc/cdi/broken.yaml", "no kind")]);

    public IOciRuntime Get(string handler) => throw CridException.InvalidArgument($"no runtime handler '{handler}'");
}
