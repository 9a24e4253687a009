using Crid.Core;
using Crid.Runtimes;

namespace Crid.Cri.Tests;

public class SecurityMapperTests
{
    private const string Field = "security_context";

    [Fact]
    public void ToSpec_Container_KeepsEverything()
    {
        Api.LinuxContainerSecurityContext context = new()
        {
            Capabilities = new Api.Capability { AddCapabilities = { "NET_ADMIN" }, DropCapabilities = { "ALL" }, AddAmbientCapabilities = { "CAP_CHOWN" } },
            NamespaceOptions = new Api.NamespaceOption { Pid = Api.NamespaceMode.Target, TargetId = "c1" },
            RunAsUser = new Api.Int64Value { Value = 1000 },
            RunAsGroup = new Api.Int64Value { Value = 2000 },
            SupplementalGroups = { 1, 2 },
            SupplementalGroupsPolicy = Api.SupplementalGroupsPolicy.Strict,
            ReadonlyRootfs = true,
            NoNewPrivs = true,
            SelinuxOptions = new Api.SELinuxOption { Level = "s0:c1,c2" },
            MaskedPaths = { "/proc/kcore" },
            ReadonlyPaths = { "/proc/sys" },
        };

        SecuritySpec spec = SecurityMapper.ToSpec(context, Field);

        Assert.Equal(["NET_ADMIN"], spec.Capabilities!.Add);
        Assert.Equal(["ALL"], spec.Capabilities.Drop);
        Assert.Equal(["CAP_CHOWN"], spec.Capabilities.AddAmbient);
        Assert.Equal(NamespaceMode.Target, spec.Namespaces.Pid);
        Assert.Equal("c1", spec.Namespaces.TargetId);
        Assert.Equal(1000, spec.RunAsUser);
        Assert.Equal(2000, spec.RunAsGroup);
        Assert.Equal([1, 2], spec.SupplementalGroups);
        Assert.Equal(SupplementalGroupsPolicy.Strict, spec.SupplementalGroupsPolicy);
        Assert.True(spec.ReadonlyRootfs);
        Assert.True(spec.NoNewPrivileges);
        Assert.Equal(new SelinuxSpec("", "", "", "s0:c1,c2"), spec.Selinux);
        Assert.Equal(["/proc/kcore"], spec.MaskedPaths);
        Assert.Equal(["/proc/sys"], spec.ReadonlyPaths);
        Assert.Null(spec.Seccomp);
        Assert.Null(spec.AppArmor);
    }

    [Fact]
    public void ToSpec_EmptyProfileMessage_IsRuntimeDefault()
    {
        Api.LinuxContainerSecurityContext context = new() { Seccomp = new Api.SecurityProfile() };

        SecuritySpec spec = SecurityMapper.ToSpec(context, Field);

        Assert.Equal(new SecurityProfileSpec(ProfileKind.RuntimeDefault, ""), spec.Seccomp);
    }

    [Theory]
    [InlineData("runtime/default", ProfileKind.RuntimeDefault, "")]
    [InlineData("docker/default", ProfileKind.RuntimeDefault, "")]
    [InlineData("unconfined", ProfileKind.Unconfined, "")]
    [InlineData("localhost/profile", ProfileKind.Localhost, "profile")]
    public void ToSpec_DeprecatedProfileText_IsFoldedIn(string text, ProfileKind kind, string reference)
    {
#pragma warning disable CS0612 // The deprecated fields are what is tested.
        Api.LinuxContainerSecurityContext context = new() { SeccompProfilePath = text, ApparmorProfile = text };
#pragma warning restore CS0612

        SecuritySpec spec = SecurityMapper.ToSpec(context, Field);

        Assert.Equal(new SecurityProfileSpec(kind, reference), spec.Seccomp);
        Assert.Equal(new SecurityProfileSpec(kind, reference), spec.AppArmor);
    }

    [Fact]
    public void ToSpec_ProfileMessageAndText_MessageWins()
    {
#pragma warning disable CS0612 // The deprecated field is what is tested.
        Api.LinuxContainerSecurityContext context = new()
        {
            ApparmorProfile = "unconfined",
            Apparmor = new Api.SecurityProfile { ProfileType = Api.SecurityProfile.Types.ProfileType.Localhost, LocalhostRef = "localhost/mine" },
        };
#pragma warning restore CS0612

        SecuritySpec spec = SecurityMapper.ToSpec(context, Field);

        Assert.Equal(new SecurityProfileSpec(ProfileKind.Localhost, "mine"), spec.AppArmor);
    }

    public static TheoryData<string, Api.LinuxContainerSecurityContext> BadContexts => new()
    {
        { ".run_as_group is given without a user", new() { RunAsGroup = new Api.Int64Value { Value = 1 } } },
        { ".run_as_user -1", new() { RunAsUser = new Api.Int64Value { Value = -1 } } },
        { ".run_as_user 4294967295", new() { RunAsUser = new Api.Int64Value { Value = uint.MaxValue } } },
        { ".supplemental_groups -5", new() { SupplementalGroups = { -5 } } },
        { ".supplemental_groups_policy 9", new() { SupplementalGroupsPolicy = (Api.SupplementalGroupsPolicy)9 } },
        { ".masked_paths 'proc'", new() { MaskedPaths = { "proc" } } },
        { ".seccomp.profile_type 5", new() { Seccomp = new() { ProfileType = (Api.SecurityProfile.Types.ProfileType)5 } } },
        { ".seccomp.localhost_ref is given", new() { Seccomp = new() { LocalhostRef = "x" } } },
        { ".apparmor.localhost_ref is empty", new() { Apparmor = new() { ProfileType = Api.SecurityProfile.Types.ProfileType.Localhost } } },
        { ".namespace_options.target_id is empty", new() { NamespaceOptions = new() { Pid = Api.NamespaceMode.Target } } },
        { ".namespace_options.network Container", new() { NamespaceOptions = new() { Network = Api.NamespaceMode.Container } } },
        { ".namespace_options.ipc 8", new() { NamespaceOptions = new() { Ipc = (Api.NamespaceMode)8 } } },
    };

    [Theory]
    [MemberData(nameof(BadContexts), DisableDiscoveryEnumeration = true)]
    public void ToSpec_BadContext_IsInvalidArgumentThatNamesTheField(string message, Api.LinuxContainerSecurityContext context)
    {
        CridException error = Assert.Throws<CridException>(() => SecurityMapper.ToSpec(context, Field));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.StartsWith(Field + message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToSpec_GroupWithUsername_IsAccepted()
    {
        Api.LinuxContainerSecurityContext context = new() { RunAsUsername = "nobody", RunAsGroup = new Api.Int64Value { Value = 0 } };

        SecuritySpec spec = SecurityMapper.ToSpec(context, Field);

        Assert.Equal("nobody", spec.RunAsUsername);
        Assert.Equal(0, spec.RunAsGroup);
    }

    [Fact]
    public void ToSpec_SandboxWithTargetPid_IsInvalidArgument()
    {
        Api.LinuxSandboxSecurityContext context = new() { NamespaceOptions = new() { Pid = Api.NamespaceMode.Target, TargetId = "c1" } };

        CridException error = Assert.Throws<CridException>(() => SecurityMapper.ToSpec(context, Field));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
    }

    [Theory]
    [InlineData(Api.NamespaceMode.Container, 1, 0u, 65536u)]
    [InlineData(Api.NamespaceMode.Target, 1, 0u, 65536u)]
    [InlineData(Api.NamespaceMode.Pod, 0, 0u, 65536u)]
    [InlineData(Api.NamespaceMode.Pod, 2, 0u, 65536u)]
    [InlineData(Api.NamespaceMode.Pod, 1, 1u, 65536u)]
    [InlineData(Api.NamespaceMode.Pod, 1, 0u, 0u)]
    [InlineData(Api.NamespaceMode.Node, 1, 0u, 65536u)]
    public void ToSpec_BadUserNamespace_IsInvalidArgument(Api.NamespaceMode mode, int mappings, uint containerId, uint length)
    {
        Api.UserNamespace user = new() { Mode = mode };
        for (int index = 0; index < mappings; index++)
        {
            user.Uids.Add(new Api.IDMapping { HostId = 100_000, ContainerId = containerId, Length = length });
            user.Gids.Add(new Api.IDMapping { HostId = 100_000, ContainerId = containerId, Length = length });
        }

        Api.LinuxSandboxSecurityContext context = new() { NamespaceOptions = new() { UsernsOptions = user } };

        CridException error = Assert.Throws<CridException>(() => SecurityMapper.ToSpec(context, Field));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
    }

    [Fact]
    public void ToMessage_UserNamespace_IsEchoed()
    {
        Api.NamespaceOption options = new()
        {
            UsernsOptions = new Api.UserNamespace
            {
                Uids = { new Api.IDMapping { HostId = 100_000, Length = 65536 } },
                Gids = { new Api.IDMapping { HostId = 200_000, Length = 65536 } },
            },
        };

        Api.NamespaceOption echoed = NamespacesMapper.ToMessage(NamespacesMapper.ToSandboxSpec(options, Field));

        Assert.Equal(options, echoed);
    }
}
