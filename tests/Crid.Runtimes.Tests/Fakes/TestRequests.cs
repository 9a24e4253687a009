using Crid.Core;
using Crid.Oci;

namespace Crid.Runtimes.Tests;

/// <summary>A plain request, host and image for tests to vary.</summary>
internal static class TestRequests
{
    public static readonly ContainerId Container = ContainerId.Parse(new string('c', 64));
    public static readonly SandboxId Sandbox = SandboxId.Parse(new string('5', 64));

    public static HostFacts Host => new()
    {
        Capabilities = Capability.Names,
        UnifiedCgroups = true,
        SwapController = true,
        HugepageController = true,
        Architecture = CpuArchitecture.Amd64,
        Kernel = new Version(6, 1),
        OomScoreAdj = -999,
        Seccomp = true,
        AppArmor = false,
        Selinux = false,
        UserNamespaces = true,
    };

    public static ContainerSpec Spec => new()
    {
        Metadata = new ContainerMetadata("web", 1),
        Image = "sha256:" + new string('a', 64),
        UserSpecifiedImage = "registry.example/shop/web:2",
        Command = ["/bin/web"],
        Security = new SecuritySpec { Namespaces = new NamespacesSpec { Pid = NamespaceMode.Container } },
    };

    public static ImageExecutionConfig Image => new()
    {
        Entrypoint = ["/entry"],
        Cmd = ["serve", "--all"],
        Env = ["PATH=/image/bin", "LANG=C.UTF-8"],
        WorkingDir = "/srv",
    };

    public static ContainerCreation Creation => new()
    {
        Id = Container,
        Spec = Spec,
        Sandbox = new SandboxSpec
        {
            Metadata = new SandboxMetadata("shop-1", "prod", "0f5c-77", 0),
            CgroupParent = "/kubepods/burstable/pod0f5c-77",
        },
        Environment = new SandboxEnvironment
        {
            Id = Sandbox,
            NetworkNamespace = "/run/crid/ns/5/net",
            IpcNamespace = "/run/crid/ns/5/ipc",
            UtsNamespace = "/run/crid/ns/5/uts",
            ShmPath = "/run/crid/sandboxes/5/shm",
            ResolvConfPath = "/run/crid/sandboxes/5/resolv.conf",
            HostnamePath = "/run/crid/sandboxes/5/hostname",
            HostsPath = "/run/crid/sandboxes/5/hosts",
            Hostname = "shop-1",
        },
        Image = new ImageConfig { Config = Image },
        RootfsPath = "/run/crid/containers/c/rootfs",
        BundleDirectory = "/run/crid/containers/c",
    };

    public static ContainerCreation With(ContainerSpec spec) => Creation with { Spec = spec };

    public static ContainerCreation With(SecuritySpec security) => With(Spec with { Security = security });

    public static ContainerCreation Privileged(ContainerCreation creation) => creation with
    {
        Spec = creation.Spec with { Security = creation.Spec.Security with { Privileged = true } },
        Sandbox = creation.Sandbox with { Security = new SecuritySpec { Privileged = true } },
    };

    public static OciSpec Build(
        ContainerCreation creation, HostFacts? host = null, FakeHostFiles? files = null, ResolvedUser? user = null, string? pidNamespace = null,
        bool networkDevices = false, IReadOnlyList<HookRule>? hooks = null, HandlerRules? rules = null,
        bool deviceOwnership = false, params IReadOnlyList<CdiEdits> cdi) =>
        new SpecBuilder(host ?? Host, files ?? new FakeHostFiles()).Build(new SpecInput
        {
            Creation = creation,
            User = user ?? new ResolvedUser(0, 0, [0]),
            CgroupPath = CgroupPath.For(creation.Sandbox.CgroupParent.EndsWith(".slice", StringComparison.Ordinal) ? CgroupDriver.Systemd : CgroupDriver.Cgroupfs, creation.Sandbox.CgroupParent, creation.Id.Value),
            RecursiveReadOnlyMounts = true,
            PidNamespace = pidNamespace,
            UserNamespaces = true,
            NetworkDevices = networkDevices,
            DeviceOwnershipFromSecurityContext = deviceOwnership,
            Hooks = hooks ?? [],
            Rules = rules ?? new HandlerRules(),
            CdiEdits = [.. cdi.Select(static edits => new CdiDeviceEdits("vendor.com/gpu=0", edits))],
        });
}
