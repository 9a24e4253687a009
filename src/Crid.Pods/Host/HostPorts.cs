using Crid.Core;
using Crid.Linux;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>The parts of the machine that sandboxes and containers use directly.</summary>
public sealed record HostPorts
{
    public required INamespaces Namespaces { get; init; }

    public required ISandboxFiles SandboxFiles { get; init; }

    public required IContainerFiles ContainerFiles { get; init; }

    public required IProcesses Processes { get; init; }

    public required IContainerCgroups Cgroups { get; init; }

    public required IRuntimeStates RuntimeStates { get; init; }

    public required ILoopback Loopback { get; init; }

    /// <summary>Reads the name of the node, the hostname of sandboxes that have none of their own. It may change while crid runs.</summary>
    public required Func<string> ReadNodeName { get; init; }

    /// <summary>The ports of this machine.</summary>
    /// <param name="loop">The event loop that watches processes.</param>
    public static HostPorts ForThisMachine(CridDirectories directories, PinnedNamespaces namespaces, EventLoop loop) => new()
    {
        Namespaces = new PinnedSandboxNamespaces(namespaces),
        SandboxFiles = new SandboxFiles(directories),
        ContainerFiles = new ContainerFiles(directories),
        Processes = new LinuxProcesses(loop),
        Cgroups = new ContainerCgroups(new CgroupTree(CgroupLayout.Detect())),
        RuntimeStates = new RuntimeStateDirectories(directories),
        Loopback = new LinuxLoopback(),
        ReadNodeName = static () => File.ReadAllText("/proc/sys/kernel/hostname").Trim(),
    };
}
