using Crid.Core;
using Crid.Oci;

namespace Crid.Runtimes.Tests;

public sealed class SpecBuilderTests
{
    private static SecuritySpec Security => TestRequests.Spec.Security;

    [Fact]
    public void Build_RequestThatCannotBe_Throws()
    {
        (ContainerCreation Creation, ErrorKind Kind)[] cases =
        [
            (TestRequests.With(Security with { Privileged = true }), ErrorKind.InvalidArgument),
            (TestRequests.With(TestRequests.Spec with { WorkingDirectory = "relative" }), ErrorKind.InvalidArgument),
            (TestRequests.With(TestRequests.Spec with { Command = [] }) with { Image = new ImageConfig() }, ErrorKind.InvalidArgument),
            (TestRequests.With(TestRequests.Spec with { Devices = [new DeviceSpec("/dev/x", "/etc", "rwm")] }), ErrorKind.InvalidArgument),
            (TestRequests.With(TestRequests.Spec with { Devices = [new DeviceSpec("/dev/x", "/missing", "rwm")] }), ErrorKind.InvalidArgument),
            (TestRequests.With(TestRequests.Spec with { Devices = [new DeviceSpec("/dev/x", "/dev/fuse", "rx")] }), ErrorKind.InvalidArgument),
            (TestRequests.With(Security with { Namespaces = new NamespacesSpec { Pid = NamespaceMode.Pod } }), ErrorKind.FailedPrecondition),
            (TestRequests.With(Security with { Namespaces = new NamespacesSpec { Pid = NamespaceMode.Target } }), ErrorKind.FailedPrecondition),
            (TestRequests.With(User(NamespaceMode.Pod, 1)), ErrorKind.InvalidArgument),
            (InUserNamespace(TestRequests.With(User(NamespaceMode.Pod, 2))), ErrorKind.InvalidArgument),
            (InUserNamespace(TestRequests.With(User(NamespaceMode.Node, 0))), ErrorKind.InvalidArgument),
            (InUserNamespace(TestRequests.With(Security with { Namespaces = new NamespacesSpec { Pid = NamespaceMode.Node } })), ErrorKind.InvalidArgument),
            (TestRequests.With(Security with { AppArmor = new SecurityProfileSpec(ProfileKind.RuntimeDefault, "") }), ErrorKind.FailedPrecondition),
            (TestRequests.With(Security with { Seccomp = new SecurityProfileSpec(ProfileKind.Localhost, "relative.json") }), ErrorKind.InvalidArgument),
            (TestRequests.With(Security with { Seccomp = new SecurityProfileSpec(ProfileKind.Localhost, "/nothing.json") }), ErrorKind.InvalidArgument),
            (TestRequests.With(Security with { Seccomp = new SecurityProfileSpec(ProfileKind.RuntimeDefault, "/p.json") }), ErrorKind.InvalidArgument),
            (TestRequests.With(TestRequests.Spec with { Resources = new ResourcesSpec { MemoryLimitInBytes = 10, MemorySwapLimitInBytes = 5 } }), ErrorKind.InvalidArgument),
        ];

        Assert.All(cases, test => Assert.Equal(test.Kind, Assert.Throws<CridException>(() => TestRequests.Build(test.Creation)).Kind));
    }

    [Fact]
    public void Build_ContainerThatDoesNotMentionTheUserNamespaceOfItsSandbox_JoinsIt()
    {
        ContainerCreation creation = InUserNamespace(TestRequests.Creation);
        creation = creation with { Environment = creation.Environment with { UserNamespace = "/ns/user" } };

        OciSpec spec = TestRequests.Build(creation);

        Assert.Contains(new OciNamespace("user", "/ns/user"), spec.Linux.Namespaces);
        Assert.Equal(new OciIdMapping(0, 100000, 1), Assert.Single(spec.Linux.UidMappings!));
    }

    [Theory]
    [InlineData(NamespaceMode.Container, true)]
    [InlineData(NamespaceMode.Node, false)]
    public void Build_PidModePodWithoutASharedNamespace_IsThePodsOwnMode(NamespaceMode ofPod, bool isOwn)
    {
        ContainerCreation creation = TestRequests.With(Security with { Namespaces = new NamespacesSpec() });
        SandboxSpec sandbox = creation.Sandbox with { Security = new SecuritySpec { Namespaces = new NamespacesSpec { Pid = ofPod } } };

        OciSpec spec = TestRequests.Build(creation with { Sandbox = sandbox });

        Assert.Equal(isOwn, spec.Linux.Namespaces.Contains(new OciNamespace("pid")));
        Assert.Equal(isOwn ? 1 : 0, spec.Linux.Namespaces.Count(static found => found.Type == "pid"));
    }

    [Theory]
    [InlineData(0, 100000u)]
    [InlineData(1, 300000u)]
    [InlineData(9, 300008u)]
    public void ToHostUser_MappedId_IsTheOneOutside(long id, uint expected) =>
        Assert.Equal(expected, Mapped.ToHostUser(id));

    [Fact]
    public void ToHostGroup_IdThatIsNotMapped_IsInvalid() =>
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<CridException>(() => Mapped.ToHostGroup(10)).Kind);

    [Fact]
    public void Build_UserNamespaceOfTheNode_IsNone()
    {
        OciSpec spec = TestRequests.Build(TestRequests.With(User(NamespaceMode.Node, 0)));

        Assert.DoesNotContain(spec.Linux.Namespaces, static entry => entry.Type == "user");
    }

    [Theory]
    [InlineData(-998, true, -998)]
    [InlineData(-998, false, -500)]
    [InlineData(900, false, 900)]
    [InlineData(5000, true, 1000)]
    public void Build_OomScore_IsNeverBelowTheDaemonsWithoutTheCapability(long wanted, bool capable, int expected)
    {
        HostFacts host = TestRequests.Host with { OomScoreAdj = -500, Capabilities = capable ? Capability.Names : ["CAP_CHOWN"] };

        OciSpec spec = TestRequests.Build(TestRequests.With(TestRequests.Spec with { Resources = new ResourcesSpec { OomScoreAdj = wanted } }), host);

        Assert.Equal(expected, spec.Process.OomScoreAdj);
    }

    [Fact]
    public void Build_UnifiedResourcesOnCgroupV1_IsInvalid()
    {
        ContainerCreation creation = TestRequests.With(TestRequests.Spec with
        {
            Resources = new ResourcesSpec { Unified = new Dictionary<string, string> { ["memory.high"] = "1" } },
        });

        CridException exception = Assert.Throws<CridException>(() => TestRequests.Build(creation, TestRequests.Host with { UnifiedCgroups = false }));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
    }

    [Fact]
    public void Build_SeccompWithSysAdmin_AllowsMount()
    {
        SecuritySpec plain = Security with { Seccomp = new SecurityProfileSpec(ProfileKind.RuntimeDefault, "") };

        OciSeccomp without = TestRequests.Build(TestRequests.With(plain)).Linux.Seccomp!;
        OciSeccomp with = TestRequests.Build(TestRequests.With(plain with { Capabilities = new CapabilitiesSpec(["SYS_ADMIN"], [], []) })).Linux.Seccomp!;

        Assert.DoesNotContain(without.Syscalls!, static rule => rule.Names.Contains("mount"));
        Assert.Contains(with.Syscalls!, static rule => rule.Names.Contains("mount") && rule.Action == "SCMP_ACT_ALLOW");
        Assert.Contains(without.Syscalls!, static rule => rule is { Names: ["clone3"], ErrnoRet: 38, Action: "SCMP_ACT_ERRNO" });
        Assert.DoesNotContain(with.Syscalls!, static rule => rule.ErrnoRet is not null);
        Assert.DoesNotContain(without.Syscalls!, static rule => rule.Names.Contains("io_uring_setup") || rule.Names.Contains("keyctl"));
    }

    [Fact]
    public void Build_SeccompOnAKernelWithoutIt_IsRefusedUnlessUnconfined()
    {
        HostFacts host = TestRequests.Host with { Seccomp = false };

        Assert.Null(TestRequests.Build(TestRequests.With(Security with { Seccomp = new SecurityProfileSpec(ProfileKind.Unconfined, "") }), host).Linux.Seccomp);
        CridException exception = Assert.Throws<CridException>(
            () => TestRequests.Build(TestRequests.With(Security with { Seccomp = new SecurityProfileSpec(ProfileKind.RuntimeDefault, "") }), host));
        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
    }

    [Fact]
    public void Build_BrokenSeccompFile_NamesIt()
    {
        FakeHostFiles files = new();
        files.Profiles["/p.json"] = "{ broken";

        CridException exception = Assert.Throws<CridException>(
            () => TestRequests.Build(TestRequests.With(Security with { Seccomp = new SecurityProfileSpec(ProfileKind.Localhost, "localhost//p.json") }), files: files));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        Assert.Contains("/p.json", exception.Message, StringComparison.Ordinal);
    }

    private static UserNamespaceSpec Mapped
    {
        get
        {
            IdMappingSpec[] ids = [new IdMappingSpec(100000, 0, 1), new IdMappingSpec(300000, 1, 9)];
            return new UserNamespaceSpec(NamespaceMode.Pod, ids, ids);
        }
    }

    private static ContainerCreation InUserNamespace(ContainerCreation creation) =>
        creation with { Sandbox = creation.Sandbox with { Security = User(NamespaceMode.Pod, 1) } };

    private static SecuritySpec User(NamespaceMode mode, int mappings)
    {
        IdMappingSpec[] ids = [.. Enumerable.Range(0, mappings).Select(static index => new IdMappingSpec(100000, (uint)index, 1))];
        return Security with { Namespaces = Security.Namespaces with { User = new UserNamespaceSpec(mode, ids, ids) } };
    }

    [Theory]
    [InlineData("io.kubernetes.cri.blockio-class", "")]
    [InlineData("io.kubernetes.cri.rdt-class", "")]
    [InlineData("", "blockio.resources.beta.kubernetes.io/pod")]
    [InlineData("", "rdt.resources.beta.kubernetes.io/container.main")]
    public void Build_ResourceClass_IsUnimplementedAndNamesTheAnnotation(string ofContainer, string ofPod)
    {
        ContainerCreation creation = TestRequests.Creation with
        {
            Spec = TestRequests.Spec with { Metadata = new ContainerMetadata("main", 0), Annotations = new Dictionary<string, string> { [ofContainer] = "gold" } },
            Sandbox = TestRequests.Creation.Sandbox with { Annotations = new Dictionary<string, string> { [ofPod] = "gold" } },
        };

        CridException exception = Assert.Throws<CridException>(() => TestRequests.Build(creation));

        Assert.Equal(ErrorKind.Unimplemented, exception.Kind);
        Assert.Contains(ofContainer + ofPod, exception.Message, StringComparison.Ordinal);
    }
}
