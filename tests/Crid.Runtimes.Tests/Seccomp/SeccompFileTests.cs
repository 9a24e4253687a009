using Crid.Core;
using Crid.Oci;

namespace Crid.Runtimes.Tests;

/// <summary>Profile files of a node in the form that says when a rule counts.</summary>
public sealed class SeccompFileTests
{
    private const string Path = "/p.json";

    [Theory]
    [InlineData("""  "includes": {}, "excludes": {} """, true)]
    [InlineData("""  "includes": { "caps": ["CAP_CHOWN"] } """, true)]
    [InlineData("""  "includes": { "caps": ["CAP_CHOWN", "CAP_SYS_ADMIN"] } """, false)]
    [InlineData("""  "excludes": { "caps": ["CAP_SYS_ADMIN"] } """, true)]
    [InlineData("""  "excludes": { "caps": ["CAP_SYS_ADMIN", "chown"] } """, false)]
    [InlineData("""  "includes": { "arches": ["arm64", "amd64"] } """, true)]
    [InlineData("""  "includes": { "arches": ["arm64"] } """, false)]
    [InlineData("""  "excludes": { "arches": ["s390", "s390x"] } """, true)]
    [InlineData("""  "excludes": { "arches": ["amd64"] } """, false)]
    [InlineData("""  "includes": { "minKernel": "4.8" } """, true)]
    [InlineData("""  "includes": { "minKernel": "6.2" } """, false)]
    [InlineData("""  "excludes": { "minKernel": "6.1" } """, false)]
    [InlineData("""  "includes": { "arches": ["amd64"], "caps": ["CAP_SYS_ADMIN"] } """, false)]
    public void Build_RuleWithConditions_CountsWhereTheyHold(string conditions, bool counts)
    {
        OciSeccomp filter = Build($$"""{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [ { "names": ["mount"], "action": "SCMP_ACT_ALLOW", {{conditions}} } ] }""");

        Assert.Equal(counts ? [["mount"]] : [], filter.Syscalls!.Select(static rule => rule.Names));
    }

    [Fact]
    public void Build_CapabilitiesOfTheContainer_AreThoseThatCount()
    {
        const string Profile = """
            { "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [ { "names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": { "caps": ["CAP_SYS_ADMIN"] } } ] }
            """;

        Assert.Empty(Build(Profile).Syscalls!);
        Assert.Single(Build(Profile, new CapabilitiesSpec(["SYS_ADMIN"], [], [])).Syscalls!);
    }

    [Fact]
    public void Build_ArchMap_GivesTheArchitecturesOfThisMachine()
    {
        const string Profile = """
            { "defaultAction": "SCMP_ACT_ERRNO", "archMap": [
              { "architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"] },
              { "architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] } ] }
            """;

        Assert.Equal(["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], Build(Profile).Architectures);
    }

    [Fact]
    public void Build_OlderFormAndArguments_AreKept()
    {
        OciSeccomp filter = Build("""
            { "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "defaultErrno": "ENOSYS", "flags": ["SECCOMP_FILTER_FLAG_LOG"], "syscalls": [
              { "name": "clone", "action": "SCMP_ACT_ERRNO", "errnoRet": 1, "errno": "EPERM", "comment": "x",
                "args": [ { "index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ" } ] },
              { "names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [] } ] }
            """);

        Assert.Equal((38u, "SECCOMP_FILTER_FLAG_LOG"), (filter.DefaultErrnoRet!.Value, Assert.Single(filter.Flags!)));
        Assert.Equal(("clone", 1u), (Assert.Single(filter.Syscalls![0].Names), filter.Syscalls[0].ErrnoRet!.Value));
        Assert.Equal(new OciSeccompArgument { Index = 0, Value = 2114060288, ValueTwo = 0, Op = "SCMP_CMP_MASKED_EQ" }, Assert.Single(filter.Syscalls[0].Args!));
        Assert.Null(filter.Syscalls[1].Args);
    }

    [Theory]
    [InlineData("""{ "syscalls": [] }""")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "ENOSYS" }""")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [ { "action": "SCMP_ACT_ALLOW" } ] }""")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [ { "names": ["x"], "action": "SCMP_ACT_ERRNO", "errno": "ENOSYS" } ] }""")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [ { "names": ["x"], "action": "SCMP_ACT_ALLOW", "includes": { "minKernel": "new" } } ] }""")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86"], "archMap": [ { "architecture": "SCMP_ARCH_X86_64" } ] }""")]
    public void Build_FileWithAMistake_IsRefusedByItsName(string profile)
    {
        CridException exception = Assert.Throws<CridException>(() => Build(profile));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        Assert.Contains(Path, exception.Message, StringComparison.Ordinal);
    }

    private static OciSeccomp Build(string profile, CapabilitiesSpec? capabilities = null)
    {
        FakeHostFiles files = new();
        files.Profiles[Path] = profile;
        SecuritySpec security = TestRequests.Spec.Security with { Seccomp = new SecurityProfileSpec(ProfileKind.Localhost, Path), Capabilities = capabilities };
        return TestRequests.Build(TestRequests.With(security), files: files).Linux.Seccomp!;
    }
}
