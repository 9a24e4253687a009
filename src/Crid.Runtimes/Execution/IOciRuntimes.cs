using Crid.Core;

namespace Crid.Runtimes;

/// <summary>The configured runtime handlers.</summary>
public interface IOciRuntimes
{
    /// <summary>Every handler by name; the default one is listed a second time under the empty name, as kubelet expects it.</summary>
    IReadOnlyList<RuntimeHandler> Handlers { get; }

    /// <summary>The name of the handler that pods which name none are made with now.</summary>
    string DefaultHandler { get; }

    /// <summary>The cgroup driver that is in force: what RuntimeConfig answers.</summary>
    CgroupDriver CgroupDriver { get; }

    /// <summary>What SELinux contexts of containers are made from; null where they get none.</summary>
    SelinuxPolicy? Selinux { get; }

    /// <summary>The CDI devices that containers may ask for now.</summary>
    CdiInventory ListCdiDevices();

    /// <exception cref="CridException">InvalidArgument: no handler of that name.</exception>
    IOciRuntime Get(string handler);
}
