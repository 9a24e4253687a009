using Crid.Oci;

namespace Crid.Runtimes.Tests;

/// <summary>The requests whose specs are kept as files.</summary>
internal static class GoldenCases
{
    public static readonly string[] KubeletMasked =
    [
        "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
        "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap",
    ];

    public static readonly string[] KubeletReadonly = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    private static SecuritySpec Security => TestRequests.Spec.Security;

    public static IReadOnlyDictionary<string, Func<OciSpec>> All { get; } =
        Own.Concat(GoldenMountCases.All).Concat(GoldenSecurityCases.All).Concat(GoldenResourceCases.All).ToDictionary();

    private static Dictionary<string, Func<OciSpec>> Own => new()
    {
        ["plain"] = static () => TestRequests.Build(TestRequests.Creation),
        ["image-command"] = static () => Build(TestRequests.Spec with { Command = [] }),
        ["image-entrypoint-own-args"] = static () => Build(TestRequests.Spec with { Command = [], Args = ["check"] }),
        ["own-command-and-args"] = static () => Build(TestRequests.Spec with { Command = ["/bin/sh", "-c"], Args = ["exit 3"] }),
        ["environment"] = static () => Build(TestRequests.Spec with
        {
            Environment = [new("LANG", "de"), new("EMPTY", ""), new("A", "1"), new("A", "2"), new("HOSTNAME", "mine")],
        }),
        ["working-directory"] = static () => Build(TestRequests.Spec with { WorkingDirectory = "/data" }),
        ["terminal"] = static () => Build(TestRequests.Spec with { Tty = true, Stdin = true }),
        ["user"] = static () => TestRequests.Build(TestRequests.Creation, user: new ResolvedUser(1000, 1000, [1000, 1234, 50000])),
        ["capabilities-changed"] = static () => Build(Security with { Capabilities = new CapabilitiesSpec(["net_admin"], ["CAP_KILL", "MKNOD"], []) }),
        ["capabilities-all-but-one"] = static () => Build(Security with { Capabilities = new CapabilitiesSpec(["ALL"], ["SYS_ADMIN"], []) }),
        ["capabilities-none"] = static () => Build(Security with { Capabilities = new CapabilitiesSpec([], ["ALL"], []) }),
        ["capabilities-ambient"] = static () => TestRequests.Build(
            TestRequests.With(Security with { Capabilities = new CapabilitiesSpec([], ["ALL"], ["net_bind_service", "CAP_SYS_TIME"]) }),
            user: new ResolvedUser(1000, 1000, [1000])),
        ["no-new-privileges"] = static () => Build(Security with { NoNewPrivileges = true }),
        ["readonly-rootfs"] = static () => TestRequests.Build(WithVolumes(TestRequests.With(Security with { ReadonlyRootfs = true }))),
        ["image-volumes"] = static () => TestRequests.Build(WithVolumes(TestRequests.Creation)),
        ["privileged"] = static () => TestRequests.Build(TestRequests.Privileged(TestRequests.With(Security with
        {
            Seccomp = new SecurityProfileSpec(ProfileKind.RuntimeDefault, ""),
            MaskedPaths = KubeletMasked,
            ReadonlyPaths = KubeletReadonly,
        }))),
        ["masked-and-readonly-paths"] = static () => Build(Security with { MaskedPaths = KubeletMasked, ReadonlyPaths = KubeletReadonly }),
        ["pid-of-pod"] = static () =>
            TestRequests.Build(TestRequests.With(Security with { Namespaces = new NamespacesSpec() }), pidNamespace: "/proc/4711/fd/17"),
        ["pid-of-node"] = static () => Build(Security with { Namespaces = new NamespacesSpec { Pid = NamespaceMode.Node } }),
        ["pid-of-target"] = static () => TestRequests.Build(
            TestRequests.With(Security with { Namespaces = new NamespacesSpec { Pid = NamespaceMode.Target, TargetId = "x" } }), pidNamespace: "/proc/4711/fd/18"),
        ["host-network-and-ipc"] = static () => TestRequests.Build(OnHost(TestRequests.Creation)),
        ["user-namespace"] = static () => TestRequests.Build(InUserNamespace(TestRequests.With(TestRequests.Spec with
        {
            Mounts = [new MountSpec { ContainerPath = "/data", HostPath = "/srv/data", UidMappings = Mapping, GidMappings = Mapping }],
        }))),
        ["user-namespace-host-network-and-ipc"] = static () => TestRequests.Build(OnHost(InUserNamespace(TestRequests.Creation))),
        ["user-namespace-privileged-host-network"] = static () => TestRequests.Build(OnHost(InUserNamespace(TestRequests.Privileged(TestRequests.Creation)))),
        ["user-namespace-of-few-ids"] = static () => TestRequests.Build(InUserNamespace(TestRequests.Creation, length: 2)),
        ["cgroup-v1"] = static () => TestRequests.Build(TestRequests.Creation, TestRequests.Host with { UnifiedCgroups = false }),
        ["resources"] = static () => Build(TestRequests.Spec with { Resources = Resources }),
        ["resources-without-swap-control"] = static () =>
            TestRequests.Build(TestRequests.With(TestRequests.Spec with { Resources = Resources }), TestRequests.Host with { SwapController = false, HugepageController = false }),
        ["resources-unlimited-cpu"] = static () => Build(TestRequests.Spec with { Resources = new ResourcesSpec { CpuQuota = -1, CpuPeriod = 100000, CpuShares = 2 } }),
        ["resources-unified"] = static () => Build(TestRequests.Spec with
        {
            Resources = new ResourcesSpec { Unified = new Dictionary<string, string> { ["memory.oom.group"] = "1", ["memory.swap.max"] = "0" } },
        }),
        ["mounts"] = static () => Build(TestRequests.Spec with
        {
            Mounts =
            [
                new MountSpec { ContainerPath = "/data/deep/er", HostPath = "/srv/deeper" },
                new MountSpec { ContainerPath = "/data", HostPath = "/srv/link/data", ReadOnly = true },
                new MountSpec { ContainerPath = "/etc/hosts", HostPath = "/var/lib/kubelet/pods/1/etc-hosts" },
                new MountSpec { ContainerPath = "/var/run/../spool/", HostPath = "/srv/spool", Options = ["noexec", "nosuid"] },
            ],
        }),
        ["mount-propagation"] = static () => Build(TestRequests.Spec with
        {
            Mounts =
            [
                new MountSpec { ContainerPath = "/in", HostPath = "/slave/in", Propagation = MountPropagation.HostToContainer },
                new MountSpec { ContainerPath = "/both", HostPath = "/shared/both", Propagation = MountPropagation.Bidirectional },
            ],
        }),
        ["mount-recursive-readonly"] = static () => Build(TestRequests.Spec with
        {
            Mounts = [new MountSpec { ContainerPath = "/ro", HostPath = "/srv/ro", ReadOnly = true, RecursiveReadOnly = true }],
        }),
        ["mount-image"] = static () => TestRequests.Build(TestRequests.With(TestRequests.Spec with { Mounts = ImageMounts }) with { ImageVolumes = ImageSources }),
        ["mount-image-user-namespace"] = static () => TestRequests.Build(InUserNamespace(TestRequests.With(TestRequests.Spec with
        {
            Mounts = [ImageMounts[0] with { UidMappings = Mapping, GidMappings = [new IdMappingSpec(300000, 0, 65536)] }],
        }) with { ImageVolumes = ImageSources })),
        ["mount-over-dev"] = static () => Build(TestRequests.Spec with { Mounts = [new MountSpec { ContainerPath = "/dev", HostPath = "/dev" }] }),
        ["devices"] = static () => Build(TestRequests.Spec with
        {
            Devices = [new DeviceSpec("/dev/myfuse", "/dev/fuse", "rw"), new DeviceSpec("/dev/sound", "/dev/snd", "rwm")],
        }),
        ["devices-of-the-user"] = static () => TestRequests.Build(
            TestRequests.With(TestRequests.Spec with
            {
                Devices = [new DeviceSpec("/dev/disk", "/dev/vda", "rwm"), new DeviceSpec("/dev/sound", "/dev/snd", "rw")],
                Security = Security with { RunAsUser = 107, RunAsGroup = 36 },
            }),
            user: new ResolvedUser(107, 36, [36]),
            deviceOwnership: true,
            cdi: CdiGpu),
        ["cdi-devices"] = static () => TestRequests.Build(TestRequests.Creation, cdi: [CdiCommon, CdiGpu]),
        ["cdi-network-device"] = static () => TestRequests.Build(
            TestRequests.Creation,
            networkDevices: true,
            cdi: new CdiEdits { NetDevices = [new CdiNetworkDevice { HostInterfaceName = "enp3s0f1", Name = "rdma0" }] }),
        ["hooks"] = static () => TestRequests.Build(TestRequests.Creation, hooks: [HookRuleTests.Rule("\"commands\": [ \"web\" ]")]),
        ["handler-annotations"] = static () => TestRequests.Build(
            TestRequests.With(TestRequests.Spec with
            {
                Annotations = new Dictionary<string, string> { ["run.oci.handler"] = "krun", ["run.oci.no_secret"] = "1", ["io.kubernetes.container.hash"] = "abc" },
            }),
            rules: new HandlerRules
            {
                AllowedAnnotations = ["run.oci.handler"],
                DefaultAnnotations = new Dictionary<string, string> { ["run.oci.handler"] = "wasm", ["run.oci.timeout"] = "5" },
            }),
        ["privileged-without-host-devices"] = static () => TestRequests.Build(
            TestRequests.Privileged(TestRequests.With(TestRequests.Spec with { Devices = [new DeviceSpec("/dev/fuse", "/dev/fuse", "rwm")] })),
            rules: new HandlerRules { PrivilegedWithoutHostDevices = true }),
        ["privileged-without-host-devices-all-allowed"] = static () => TestRequests.Build(
            TestRequests.Privileged(TestRequests.With(TestRequests.Spec with { Devices = [new DeviceSpec("/dev/fuse", "/dev/fuse", "rwm")] })),
            rules: new HandlerRules { PrivilegedWithoutHostDevices = true, AllDevicesAllowed = true }),
        ["seccomp-default"] = static () => Build(Security with { Seccomp = new SecurityProfileSpec(ProfileKind.RuntimeDefault, "") }),
        ["seccomp-localhost"] = static () =>
        {
            FakeHostFiles files = new();
            files.Profiles["/var/lib/kubelet/seccomp/p.json"] = """
                { "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": ["chmod"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1 } ] }
                """;
            SecuritySpec security = Security with { Seccomp = new SecurityProfileSpec(ProfileKind.Localhost, "/var/lib/kubelet/seccomp/p.json") };
            return TestRequests.Build(TestRequests.With(security), files: files);
        },
        ["apparmor-localhost"] = static () =>
        {
            FakeHostFiles files = new();
            files.LoadedProfiles.Add("web");
            SecuritySpec security = Security with { AppArmor = new SecurityProfileSpec(ProfileKind.Localhost, "localhost/web") };
            return TestRequests.Build(TestRequests.With(security), TestRequests.Host with { AppArmor = true }, files);
        },
    };

    private static ResourcesSpec Resources => new()
    {
        CpuPeriod = 100000,
        CpuQuota = 50000,
        CpuShares = 512,
        MemoryLimitInBytes = 64 << 20,
        OomScoreAdj = 985,
        CpusetCpus = "0-1",
        CpusetMems = "0",
        HugepageLimits = [new HugepageLimitSpec("2MB", 4 << 20)],
    };

    private static CdiEdits CdiCommon => new()
    {
        Env = ["GPU_DRIVER=9.1", "LANG=C"],
        Mounts = [new CdiMount { HostPath = "/usr/lib/gpu.so", ContainerPath = "/usr/lib/gpu.so", Options = ["ro", "nosuid", "nodev", "bind"] }],
        Hooks =
        [
            new CdiHook { HookName = "createContainer", Path = "/usr/bin/gpu-hook", Args = ["gpu-hook", "update-ldcache"], Env = ["A=1"], Timeout = 10 },
            new CdiHook { HookName = "poststop", Path = "/usr/bin/gpu-hook" },
        ],
        AdditionalGids = [44, 0],
    };

    private static CdiEdits CdiGpu => new()
    {
        Env = ["GPU_VISIBLE=0"],
        DeviceNodes =
        [
            new CdiDeviceNode { Path = "/dev/gpu0", HostPath = "/dev/fuse", Permissions = "rw" },
            new CdiDeviceNode { Path = "/dev/gpuctl", Type = "u", Major = 195, Minor = 255, FileMode = 0x1B6, Uid = 1, Gid = 2 },
            new CdiDeviceNode { Path = "/dev/gpu-pipe", Type = "p" },
        ],
        Mounts = [new CdiMount { HostPath = "tmpfs", ContainerPath = "/run/gpu", Type = "tmpfs", Options = ["mode=700"] }],
        Hooks = [new CdiHook { HookName = "createContainer", Path = "/usr/bin/gpu-hook", Args = ["gpu-hook", "enable", "0"] }],
    };

    private static MountSpec[] ImageMounts =>
    [
        new MountSpec { ContainerPath = "/models", Image = "sha256:" + new string('b', 64), ReadOnly = true },
        new MountSpec
        {
            ContainerPath = "/data",
            Image = "sha256:" + new string('d', 64),
            ImageSubPath = "tables",
            ReadOnly = true,
            RecursiveReadOnly = true,
            Propagation = MountPropagation.HostToContainer,
            Options = ["noexec", "nosuid"],
        },
    ];

    private static string[] ImageSources => ["/run/crid/containers/c/volumes/b", "/run/crid/containers/c/volumes/d/tables"];

    private static IdMappingSpec[] Mapping => [new IdMappingSpec(200000, 0, 65536)];

    public static ContainerCreation InUserNamespace(ContainerCreation creation, uint length = 65536) => creation with
    {
        Sandbox = creation.Sandbox with
        {
            Security = creation.Sandbox.Security with
            {
                Namespaces = new NamespacesSpec
                {
                    User = new UserNamespaceSpec(NamespaceMode.Pod, [new IdMappingSpec(200000, 0, length)], [new IdMappingSpec(300000, 0, length)]),
                },
            },
        },
        Environment = creation.Environment with { UserNamespace = "/run/crid/ns/5/user" },
    };

    private static ContainerCreation OnHost(ContainerCreation creation) => creation with
    {
        Environment = creation.Environment with { NetworkNamespace = null, IpcNamespace = null, UtsNamespace = null, ShmPath = null },
    };

    private static OciSpec Build(ContainerSpec spec) => TestRequests.Build(TestRequests.With(spec));

    private static OciSpec Build(SecuritySpec security) => TestRequests.Build(TestRequests.With(security));

    public static ContainerCreation WithVolumes(ContainerCreation creation) => creation with
    {
        Image = new ImageConfig
        {
            Config = TestRequests.Image with { Volumes = new Dictionary<string, System.Text.Json.JsonElement> { ["/var/lib/db/"] = default, ["../up"] = default } },
        },
    };
}
