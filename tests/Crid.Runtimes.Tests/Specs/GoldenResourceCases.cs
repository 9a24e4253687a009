using Crid.Oci;

namespace Crid.Runtimes.Tests;

/// <summary>Requests about cgroups and limits, and whole requests as kubelet sends them, whose specs are kept as files.</summary>
internal static class GoldenResourceCases
{
    public static IReadOnlyDictionary<string, Func<OciSpec>> All => new Dictionary<string, Func<OciSpec>>
    {
        ["cgroup-systemd"] = static () => TestRequests.Build(Below("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0f5c_77.slice")),
        ["cgroup-without-parent"] = static () => TestRequests.Build(Below("")),
        ["resources-memory-with-swap"] = static () => Build(new ResourcesSpec { MemoryLimitInBytes = 64 << 20, MemorySwapLimitInBytes = 96 << 20 }),
        ["resources-memory-unlimited-swap"] = static () => Build(new ResourcesSpec { MemoryLimitInBytes = 64 << 20, MemorySwapLimitInBytes = -1 }),
        ["resources-best-effort"] = static () => Build(new ResourcesSpec { CpuShares = 2, CpuPeriod = 100000, OomScoreAdj = 1000 }),
        ["resources-exclusive-processors"] = static () => Build(new ResourcesSpec { CpuShares = 2048, CpuPeriod = 100000, CpuQuota = -1, CpusetCpus = "2-3", CpusetMems = "1" }),
        ["resources-hugepages"] = static () => Build(new ResourcesSpec { HugepageLimits = [new HugepageLimitSpec("2MB", 4 << 20), new HugepageLimitSpec("1GB", 0)] }),
        ["resources-oom-score-of-a-small-daemon"] = static () => TestRequests.Build(
            TestRequests.With(TestRequests.Spec with { Resources = new ResourcesSpec { OomScoreAdj = -997 } }),
            TestRequests.Host with { Capabilities = ["CAP_CHOWN"], OomScoreAdj = -500 }),
        ["kubelet-v2"] = static () => TestRequests.Build(Kubelet(new ResourcesSpec
        {
            CpuShares = 102,
            CpuPeriod = 100000,
            CpuQuota = 20000,
            MemoryLimitInBytes = 128 << 20,
            OomScoreAdj = 992,
            HugepageLimits = [new HugepageLimitSpec("1GB", 0), new HugepageLimitSpec("2MB", 0)],
            Unified = new Dictionary<string, string> { ["memory.oom.group"] = "1", ["memory.swap.max"] = "0" },
        })),
        ["kubelet-v1"] = static () => TestRequests.Build(
            Kubelet(new ResourcesSpec
            {
                CpuShares = 102,
                CpuPeriod = 100000,
                CpuQuota = 20000,
                MemoryLimitInBytes = 128 << 20,
                MemorySwapLimitInBytes = 128 << 20,
                OomScoreAdj = 992,
            }),
            TestRequests.Host with { UnifiedCgroups = false }),
        ["image-arguments-only"] = static () => WithImage(new ImageExecutionConfig { Cmd = ["/bin/top", "-b"] }),
        ["image-with-empty-entrypoint"] = static () => WithImage(new ImageExecutionConfig { Entrypoint = [""], Cmd = ["/bin/top"], WorkingDir = "relative/dir" }),
        ["terminal-and-path-of-the-image"] = static () => TestRequests.Build(TestRequests.With(TestRequests.Spec with { Tty = true }) with
        {
            Image = new ImageConfig { Config = new ImageExecutionConfig { Env = ["TERM=linux", "PATH=/only", "NOVALUE", "=broken"] } },
        }),
    };

    private static OciSpec Build(ResourcesSpec resources) => TestRequests.Build(TestRequests.With(TestRequests.Spec with { Resources = resources }));

    private static OciSpec WithImage(ImageExecutionConfig config) =>
        TestRequests.Build(TestRequests.With(TestRequests.Spec with { Command = [] }) with { Image = new ImageConfig { Config = config } });

    private static ContainerCreation Below(string parent) =>
        TestRequests.Creation with { Sandbox = TestRequests.Creation.Sandbox with { CgroupParent = parent } };

    private static ContainerCreation Kubelet(ResourcesSpec resources) => TestRequests.With(TestRequests.Spec with
    {
        Command = ["/bin/sh", "-c"],
        Args = ["exec web"],
        Environment = [new("KUBERNETES_SERVICE_HOST", "10.96.0.1"), new("KUBERNETES_SERVICE_PORT", "443")],
        Annotations = new Dictionary<string, string> { ["io.kubernetes.container.hash"] = "5f3a9c", ["io.kubernetes.container.restartCount"] = "0" },
        Labels = new Dictionary<string, string> { ["io.kubernetes.container.name"] = "web" },
        Mounts =
        [
            new MountSpec { ContainerPath = "/var/run/secrets/kubernetes.io/serviceaccount", HostPath = "/var/lib/kubelet/pods/0f5c-77/volumes/token", ReadOnly = true },
            new MountSpec { ContainerPath = "/etc/hosts", HostPath = "/var/lib/kubelet/pods/0f5c-77/etc-hosts" },
            new MountSpec { ContainerPath = "/dev/termination-log", HostPath = "/var/lib/kubelet/pods/0f5c-77/containers/web/1f" },
        ],
        Resources = resources,
        Security = TestRequests.Spec.Security with
        {
            RunAsUser = 0,
            Seccomp = new SecurityProfileSpec(ProfileKind.Unconfined, ""),
            MaskedPaths = GoldenCases.KubeletMasked,
            ReadonlyPaths = GoldenCases.KubeletReadonly,
        },
    });
}
