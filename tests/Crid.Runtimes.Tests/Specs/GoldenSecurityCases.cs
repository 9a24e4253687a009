using Crid.Oci;

namespace Crid.Runtimes.Tests;

/// <summary>Requests about privileges, profiles, namespaces and devices whose specs are kept as files.</summary>
internal static class GoldenSecurityCases
{
    private static readonly SecurityProfileSpec RuntimeDefault = new(ProfileKind.RuntimeDefault, "");

    private static SecuritySpec Security => TestRequests.Spec.Security;

    private static HostFacts AppArmorHost => TestRequests.Host with { AppArmor = true };

    public static IReadOnlyDictionary<string, Func<OciSpec>> All => new Dictionary<string, Func<OciSpec>>
    {
        ["seccomp-unconfined"] = static () => Build(Security with { Seccomp = new SecurityProfileSpec(ProfileKind.Unconfined, "") }),
        ["seccomp-default-with-capabilities"] = static () => Build(Security with
        {
            Seccomp = RuntimeDefault,
            Capabilities = new CapabilitiesSpec(["SYS_ADMIN", "SYS_PTRACE", "SYS_TIME"], [], []),
        }),
        ["seccomp-default-on-arm"] = static () => Build(Security with { Seccomp = RuntimeDefault }, TestRequests.Host with { Architecture = CpuArchitecture.Arm64 }),
        ["apparmor-default-by-itself"] = static () => Build(Security, AppArmorHost, LoadedDefault()),
        ["apparmor-runtime-default"] = static () => Build(Security with { AppArmor = RuntimeDefault }, AppArmorHost, LoadedDefault()),
        ["apparmor-unconfined"] = static () => Build(Security with { AppArmor = new SecurityProfileSpec(ProfileKind.Unconfined, "") }, AppArmorHost, LoadedDefault()),
        ["apparmor-privileged"] = static () =>
            TestRequests.Build(TestRequests.Privileged(TestRequests.With(Security with { AppArmor = RuntimeDefault })), AppArmorHost, LoadedDefault()),
        ["apparmor-privileged-localhost"] = static () => TestRequests.Build(
            TestRequests.Privileged(TestRequests.With(Security with { AppArmor = new SecurityProfileSpec(ProfileKind.Localhost, "crid-default") })), AppArmorHost, LoadedDefault()),
        ["capabilities-all-added-to-none"] = static () => Build(Security with { Capabilities = new CapabilitiesSpec(["ALL", "CHOWN"], ["ALL"], []) }),
        ["capabilities-of-a-small-host"] = static () =>
            Build(Security with { Capabilities = new CapabilitiesSpec(["ALL"], [], []) }, TestRequests.Host with { Capabilities = ["CAP_CHOWN", "CAP_NET_RAW", "CAP_SYS_ADMIN"] }),
        ["capabilities-ambient-all"] = static () => Build(Security with { Capabilities = new CapabilitiesSpec(["ALL"], ["SYS_ADMIN"], ["ALL"]) }),
        ["privileged-with-device"] = static () => TestRequests.Build(TestRequests.Privileged(TestRequests.With(
            TestRequests.Spec with { Devices = [new DeviceSpec("/dev/sound", "/dev/snd", "r"), new DeviceSpec("/dev/fuse", "/dev/vda", "rw")] }))),
        ["privileged-on-cgroup-v1"] = static () => TestRequests.Build(TestRequests.Privileged(TestRequests.Creation), TestRequests.Host with { UnifiedCgroups = false }),
        ["privileged-pid-of-node"] = static () =>
            TestRequests.Build(TestRequests.Privileged(TestRequests.With(Security with { Namespaces = new NamespacesSpec { Pid = NamespaceMode.Node } }))),
        ["selinux"] = static () => TestRequests.Build(TestRequests.With(Security with { Selinux = new SelinuxSpec("", "", "web_t", "") }) with
        {
            Environment = TestRequests.Creation.Environment with
            {
                Selinux = new SelinuxLabels("system_u:system_r:container_t:s0:c1,c2", "system_u:object_r:container_file_t:s0:c1,c2"),
            },
        }),
        ["host-network"] = static () => TestRequests.Build(TestRequests.Creation with
        {
            Environment = TestRequests.Creation.Environment with { NetworkNamespace = null, UtsNamespace = null, Hostname = "node-7" },
        }),
        ["host-ipc"] = static () => TestRequests.Build(TestRequests.Creation with
        {
            Environment = TestRequests.Creation.Environment with { IpcNamespace = null, ShmPath = null },
        }),
        ["user-namespace-pid-of-pod"] = static () => TestRequests.Build(
            GoldenCases.InUserNamespace(TestRequests.With(Security with { Namespaces = new NamespacesSpec() })), pidNamespace: "/proc/4711/fd/17"),
        ["user-namespace-devices-and-volumes"] = static () => TestRequests.Build(GoldenCases.InUserNamespace(GoldenCases.WithVolumes(TestRequests.With(TestRequests.Spec with
        {
            Devices = [new DeviceSpec("/dev/fuse", "/dev/fuse", "rw")],
            Security = Security with { ReadonlyRootfs = true },
        })))),
        ["user-without-groups"] = static () => TestRequests.Build(TestRequests.Creation, user: new ResolvedUser(65534, 0, [0])),
    };

    private static FakeHostFiles LoadedDefault()
    {
        FakeHostFiles files = new();
        files.LoadedProfiles.Add(AppArmorProfile.Default);
        return files;
    }

    private static OciSpec Build(SecuritySpec security, HostFacts? host = null, FakeHostFiles? files = null) =>
        TestRequests.Build(TestRequests.With(security), host, files);
}
