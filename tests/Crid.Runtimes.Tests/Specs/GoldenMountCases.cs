using Crid.Oci;

namespace Crid.Runtimes.Tests;

/// <summary>Requests about mounts whose specs are kept as files.</summary>
internal static class GoldenMountCases
{
    public static IReadOnlyDictionary<string, Func<OciSpec>> All => new Dictionary<string, Func<OciSpec>>
    {
        ["mount-over-sys"] = static () => Build(new MountSpec { ContainerPath = "/sys", HostPath = "/sys", ReadOnly = true }),
        ["mount-over-shm"] = static () => Build(new MountSpec { ContainerPath = "/dev/shm", HostPath = "/srv/shm" }),
        ["mount-twice-on-one-path"] = static () => Build(
            new MountSpec { ContainerPath = "/data/", HostPath = "/srv/first" },
            new MountSpec { ContainerPath = "/data/./x/..", HostPath = "/srv/second", ReadOnly = true }),
        ["mount-of-sandbox-files"] = static () => Build(
            new MountSpec { ContainerPath = "/etc/resolv.conf", HostPath = "/srv/resolv.conf", ReadOnly = true },
            new MountSpec { ContainerPath = "/etc/hostname", HostPath = "/srv/hostname" },
            new MountSpec { ContainerPath = "/etc/hosts", HostPath = "/srv/hosts" }),
        ["mount-with-all-options"] = static () => Build(
            new MountSpec { ContainerPath = "/data", HostPath = "/srv/data", ReadOnly = true, RecursiveReadOnly = true, Options = ["nosuid", "nodev", "noexec"] }),
        ["mount-readonly-from-a-slave"] = static () => Build(
            new MountSpec { ContainerPath = "/in", HostPath = "/slave/in", ReadOnly = true, Propagation = MountPropagation.HostToContainer }),
        ["mount-over-an-image-volume"] = static () => TestRequests.Build(GoldenCases.WithVolumes(TestRequests.With(TestRequests.Spec with
        {
            Mounts = [new MountSpec { ContainerPath = "/var/lib/db", HostPath = "/srv/db" }],
            Security = TestRequests.Spec.Security with { ReadonlyRootfs = true },
        }))),
    };

    private static OciSpec Build(params MountSpec[] mounts) => TestRequests.Build(TestRequests.With(TestRequests.Spec with { Mounts = mounts }));
}
