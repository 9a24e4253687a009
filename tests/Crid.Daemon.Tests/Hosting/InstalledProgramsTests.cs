using Crid.Core;

namespace Crid.Daemon.Tests;

public sealed class InstalledProgramsTests
{
    [Theory]
    [InlineData("sh")]
    [InlineData("/bin/sh")]
    public void Find_Installed_IsAnAbsolutePath(string program) => Assert.EndsWith("/bin/sh", InstalledPrograms.Find(program), StringComparison.Ordinal);

    [Theory]
    [InlineData("no-such-program-anywhere")]
    [InlineData("/no/such/program")]
    public void Find_NotInstalled_IsNull(string program) => Assert.Null(InstalledPrograms.Find(program));

    [Fact]
    public void GetOwn_ConfiguredButMissing_NamesThePath()
    {
        CridException exception = Assert.Throws<CridException>(() => InstalledPrograms.GetOwn("crid-keeper", "/no/such/keeper"));

        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
        Assert.Contains("/no/such/keeper", exception.Message, StringComparison.Ordinal);
    }
}
