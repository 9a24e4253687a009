using Crid.Core;
using CsCheck;

namespace Crid.Runtimes.Tests;

public sealed class CapabilitySetTests
{
    private static readonly Gen<string> Name = Pick.Of([.. Capability.Names.Take(14), "ALL", "all"])
        .SelectMany(static name => Gen.Bool, static (name, bare) => bare && name.StartsWith("CAP_", StringComparison.Ordinal) ? name[4..].ToLowerInvariant() : name);

    [Fact]
    public void For_AnyChanges_DropsWinAndAddsAreThere() =>
        Gen.Select(Name.List[0, 6], Name.List[0, 6]).Sample((adds, drops) =>
        {
            IReadOnlyList<string> result = CapabilitySet.For(With(adds, drops), TestRequests.Host);

            HashSet<string> added = [.. adds.Select(Capability.Normalise)];
            HashSet<string> dropped = [.. drops.Select(Capability.Normalise)];
            Assert.DoesNotContain(result, dropped.Contains);
            Assert.All(added.Except(dropped).Where(static name => name != "ALL"), name => Assert.Contains(name, result));
            Assert.Equal(Capability.Names.Where(result.Contains), result);
            IEnumerable<string> before = dropped.Contains("ALL") ? [] : added.Contains("ALL") ? Capability.Names : Capability.Defaults;
            Assert.Equal(before.Union(added).Except(dropped).Except(["ALL"]).Order(), result.Order());
        });

    [Fact]
    public void For_AllOfASmallerHost_IsWhatTheHostHas()
    {
        HostFacts host = TestRequests.Host with { Capabilities = ["CAP_CHOWN", "CAP_SYS_ADMIN"] };

        Assert.Equal(["CAP_CHOWN", "CAP_SYS_ADMIN"], CapabilitySet.For(With(["ALL"], []), host));
        Assert.Equal(["CAP_CHOWN"], CapabilitySet.For(new SecuritySpec(), host));
        Assert.Equal(["CAP_CHOWN", "CAP_SYS_ADMIN"], CapabilitySet.For(new SecuritySpec { Privileged = true }, host));
    }

    [Theory]
    [InlineData("CAP_NONSENSE", ErrorKind.InvalidArgument)]
    [InlineData("SYS_TIME", ErrorKind.FailedPrecondition)]
    public void For_AddThatCannotBe_Throws(string name, ErrorKind kind)
    {
        HostFacts host = TestRequests.Host with { Capabilities = ["CAP_CHOWN"] };

        Assert.Equal(kind, Assert.Throws<CridException>(() => CapabilitySet.For(With([name], []), host)).Kind);
    }

    [Fact]
    public void For_DropOfAnUnknownName_IsRefused()
    {
        CridException exception = Assert.Throws<CridException>(() => CapabilitySet.For(With([], ["ALL", "NET-RAW"]), TestRequests.Host));

        Assert.Equal((ErrorKind.InvalidArgument, "capability 'CAP_NET-RAW' is not known"), (exception.Kind, exception.Message));
    }

    [Fact]
    public void For_DropOfWhatThisHostHasNot_IsFine()
    {
        HostFacts host = TestRequests.Host with { Capabilities = ["CAP_CHOWN"] };

        Assert.Equal(["CAP_CHOWN"], CapabilitySet.For(With([], ["SYS_TIME"]), host));
    }

    [Fact]
    public void Ambient_NotAskedFor_IsEmpty()
    {
        Assert.Empty(CapabilitySet.Ambient(new SecuritySpec { Privileged = true }, TestRequests.Host));
        Assert.Empty(CapabilitySet.Ambient(With(["ALL"], []), TestRequests.Host));
    }

    [Fact]
    public void Ambient_Names_AreGrantedToo()
    {
        SecuritySpec security = With([], ["ALL"], ["SYS_TIME", "chown"]);

        Assert.Equal(["CAP_CHOWN", "CAP_SYS_TIME"], CapabilitySet.Ambient(security, TestRequests.Host));
        Assert.Equal(["CAP_CHOWN", "CAP_SYS_TIME"], CapabilitySet.For(security, TestRequests.Host));
    }

    [Fact]
    public void Ambient_All_IsWhatTheHostHasButWhatIsDropped()
    {
        HostFacts host = TestRequests.Host with { Capabilities = ["CAP_CHOWN", "CAP_KILL", "CAP_SYS_ADMIN"] };
        SecuritySpec security = With([], ["KILL"], ["all"]);

        Assert.Equal(["CAP_CHOWN", "CAP_SYS_ADMIN"], CapabilitySet.Ambient(security, host));
        Assert.Equal(["CAP_CHOWN", "CAP_SYS_ADMIN"], CapabilitySet.For(security, host));
        Assert.Equal(host.Capabilities, CapabilitySet.Ambient(security with { Privileged = true }, host));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ambient_UnknownName_IsRefused(bool privileged)
    {
        SecuritySpec security = With([], [], ["CAP_NONSENSE"]) with { Privileged = privileged };

        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<CridException>(() => CapabilitySet.Ambient(security, TestRequests.Host)).Kind);
    }

    [Fact]
    public void FromMask_Bits_AreNames() => Assert.Equal(["CAP_CHOWN", "CAP_BPF"], Capability.FromMask(1UL | 1UL << 39 | 1UL << 60));

    private static SecuritySpec With(IReadOnlyList<string> adds, IReadOnlyList<string> drops, IReadOnlyList<string>? ambient = null) =>
        new() { Capabilities = new CapabilitiesSpec(adds, drops, ambient ?? []) };
}
