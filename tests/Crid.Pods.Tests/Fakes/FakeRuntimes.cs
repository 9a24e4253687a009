using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods.Tests;

/// <summary>The runtime handlers of the fake machine: <c>runc</c>, which is the default one unless a test says otherwise, and <c>other</c>.</summary>
internal sealed class FakeRuntimes(Incarnation life) : IOciRuntimes
{
    public FakeRuntime Default { get; } = new(life, "runc");

    public FakeRuntime Other { get; } = new(life, "other");

    public IReadOnlyList<RuntimeHandler> Handlers { get; set; } =
    [
        new("", RecursiveReadOnlyMounts: false, UserNamespaces: false),
        new("runc", RecursiveReadOnlyMounts: false, UserNamespaces: false),
        new("other", RecursiveReadOnlyMounts: false, UserNamespaces: false),
    ];

    public string DefaultHandler { get; set; } = "runc";

    public CgroupDriver CgroupDriver => CgroupDriver.Cgroupfs;

    public CdiInventory ListCdiDevices() => new([], [], []);

    public SelinuxPolicy? Selinux { get; set; }

    public IOciRuntime Get(string handler) => !Handlers.Any(known => known.Name == handler)
        ? throw CridException.InvalidArgument($"no runtime handler '{handler}'")
        : (handler.Length > 0 ? handler : DefaultHandler) == "other" ? Other : Default;
}
