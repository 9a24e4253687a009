using Crid.Core;
using Crid.Oci;

namespace Crid.Runtimes.Tests;

public sealed class SelinuxLabelTests
{
    private static readonly SelinuxPolicy Policy = new("system_u:system_r:container_t:s0", "system_u:object_r:container_file_t:s0");
    private static readonly SelinuxLabels OfPod = new("system_u:system_r:container_t:s0:c1,c2", "system_u:object_r:container_file_t:s0:c1,c2");

    [Fact]
    public void ForSandbox_NoOptions_HasALevelThatNobodyHas()
    {
        List<string> taken = [];

        SelinuxLabels labels = SelinuxLabel.ForSandbox(Policy, options: null, level =>
        {
            taken.Add(level);
            return taken.Count < 3;
        });

        Assert.Equal(3, taken.Count);
        Assert.Matches(@"^s0:c\d+,c\d+$", taken[2]);
        Assert.Equal($"system_u:system_r:container_t:{taken[2]}", labels.Process);
        Assert.Equal($"system_u:object_r:container_file_t:{taken[2]}", labels.Mount);
        Assert.Equal(taken[2], SelinuxLabel.LevelOf(labels.Process));
    }

    [Theory]
    [InlineData("", "", "", "s0:c4,c5", "system_u:system_r:container_t:s0:c4,c5", "system_u:object_r:container_file_t:s0:c4,c5")]
    [InlineData("u", "r", "t", "s0", "u:r:t:s0", "u:object_r:container_file_t:s0")]
    [InlineData("", "", "spc_t", "s0:c1.c9,c12-s1:c3", "system_u:system_r:spc_t:s0:c1.c9,c12-s1:c3", "system_u:object_r:container_file_t:s0:c1.c9,c12-s1:c3")]
    public void ForSandbox_Options_ReplaceThePartsOfThePolicy(string user, string role, string type, string level, string process, string mount) =>
        Assert.Equal(new SelinuxLabels(process, mount), SelinuxLabel.ForSandbox(Policy, new SelinuxSpec(user, role, type, level), static _ => false));

    [Fact]
    public void ForSandbox_PolicyWithoutLevels_AddsNone()
    {
        SelinuxLabels labels = SelinuxLabel.ForSandbox(new SelinuxPolicy("u:r:t", "u:r:f"), options: null, static _ => false);

        Assert.Equal(new SelinuxLabels("u:r:t", "u:r:f"), labels);
        Assert.Equal("", SelinuxLabel.LevelOf(labels.Process));
    }

    [Theory]
    [InlineData("", "", "", "s0,c4,c5")]
    [InlineData("", "", "", "c4")]
    [InlineData("", "", "", "s0:c1\n")]
    [InlineData("a:b", "", "", "")]
    [InlineData("", "r ", "", "")]
    [InlineData("", "", "t\"", "")]
    public void ForContainer_OptionThatCannotBe_IsInvalid(string user, string role, string type, string level) => Assert.Equal(
        ErrorKind.InvalidArgument,
        Assert.Throws<CridException>(() => SelinuxLabel.ForContainer(OfPod, new SelinuxSpec(user, role, type, level))).Kind);

    [Fact]
    public void ForContainer_NoOptions_HasThoseOfThePod() => Assert.Equal(OfPod, SelinuxLabel.ForContainer(OfPod, options: null));

    [Fact]
    public void ForContainer_TypeOnly_KeepsTheLevelOfThePod() => Assert.Equal(
        new SelinuxLabels("system_u:system_r:web_t:s0:c1,c2", OfPod.Mount),
        SelinuxLabel.ForContainer(OfPod, new SelinuxSpec("", "", "web_t", "")));

    [Fact]
    public void Build_PrivilegedContainer_HasNoContextOfProcesses()
    {
        OciSpec plain = TestRequests.Build(WithLabels(TestRequests.Creation));
        OciSpec privileged = TestRequests.Build(WithLabels(TestRequests.Privileged(TestRequests.Creation)));

        Assert.Equal((OfPod.Process, OfPod.Mount), (plain.Process.SelinuxLabel, plain.Linux.MountLabel));
        Assert.Equal((null, OfPod.Mount), (privileged.Process.SelinuxLabel, privileged.Linux.MountLabel));
    }

    [Fact]
    public void Build_PrivilegedContainerWithABadLevel_IsRefusedAllTheSame()
    {
        ContainerCreation creation = TestRequests.Privileged(TestRequests.With(TestRequests.Spec.Security with { Selinux = new SelinuxSpec("", "", "", "s0,c4,c5") }));

        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<CridException>(() => TestRequests.Build(WithLabels(creation))).Kind);
    }

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, ErrorKind.FailedPrecondition)]
    public void Build_OptionsWhereContextsAreOff_AreRefusedOnlyByAHostWithSelinux(bool selinux, ErrorKind? expected)
    {
        ContainerCreation creation = TestRequests.With(TestRequests.Spec.Security with { Selinux = new SelinuxSpec("", "", "web_t", "") });
        CridException? exception = Record.Exception(() => TestRequests.Build(creation, TestRequests.Host with { Selinux = selinux })) as CridException;

        Assert.Equal(expected, exception?.Kind);
    }

    [Fact]
    public void Parse_PolicyOfTheMachine_HasItsContexts()
    {
        Dictionary<string, string[]> files = new()
        {
            ["config"] = ["# comment", "SELINUX=permissive", "SELINUXTYPE=default"],
            ["default/contexts/lxc_contexts"] = ["process = \"a:b:c:s0\"", "sandbox_kvm_process = \"x\"", "file = \"a:o:f:s0\"", "content = \"y\""],
        };

        Assert.Equal(new SelinuxPolicy("a:b:c:s0", "a:o:f:s0"), SelinuxPolicy.Parse(name => files.GetValueOrDefault(name) ?? []));
        Assert.Equal(Policy, SelinuxPolicy.Parse(static _ => []));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/etc/passwd")]
    [InlineData("/usr/lib")]
    [InlineData("/var/lib")]
    public void Apply_VolumeOfTheMachine_IsRefused(string path) => Assert.Equal(
        ErrorKind.InvalidArgument,
        Assert.Throws<CridException>(() => VolumeLabels.Apply(
            [new MountSpec { ContainerPath = "/x", HostPath = path, SelinuxRelabel = true }], OfPod.Mount, new FakeHostFiles(), CancellationToken.None)).Kind);

    private static ContainerCreation WithLabels(ContainerCreation creation) =>
        creation with { Environment = creation.Environment with { Selinux = OfPod } };
}
