using System.Text;
using Crid.Core;

namespace Crid.Runtimes.Tests;

public sealed class UserResolverTests
{
    private const string Passwd = "root:x:0:0:root:/root:/bin/sh\n# comment\nbroken:x:nine:1::\nweb:x:1000:1000::/:/bin/sh\n1234:x:0:0::/:/bin/sh\n";
    private const string Group = "root:x:0:\nstaff:x:50:web,other\nextra:x:50000: web\n";

    [Theory]
    [InlineData("", 0, 0, new long[] { 0 })]
    [InlineData("web", 1000, 1000, new long[] { 50, 1000, 50000 })]
    [InlineData("1000", 1000, 1000, new long[] { 50, 1000, 50000 })]
    [InlineData("77", 77, 0, new long[] { 0 })]
    [InlineData("web:staff", 1000, 50, new long[] { 50, 50000 })]
    [InlineData("web:7", 1000, 7, new long[] { 7, 50, 50000 })]
    [InlineData("1234", 1234, 0, new long[] { 0 })]
    [InlineData(":staff", 0, 50, new long[] { 50 })]
    public void Resolve_ImageUser_FindsIdsAndGroups(string imageUser, long uid, long gid, long[] groups)
    {
        ResolvedUser user = Resolve(new SecuritySpec(), imageUser);

        Assert.Equal((uid, gid), (user.Uid, user.Gid));
        Assert.Equal(groups, user.SupplementalGroups);
    }

    [Fact]
    public void Resolve_Merge_AddsGroupsOfImageAndRequestInOrder()
    {
        ResolvedUser user = Resolve(new SecuritySpec { RunAsUser = 1000, SupplementalGroups = [1234] });

        Assert.Equal([50, 1000, 1234, 50000], user.SupplementalGroups);
    }

    [Fact]
    public void Resolve_Strict_LeavesTheImagesGroupsOut()
    {
        ResolvedUser user = Resolve(new SecuritySpec
        {
            RunAsUsername = "web",
            SupplementalGroups = [1234],
            SupplementalGroupsPolicy = SupplementalGroupsPolicy.Strict,
        });

        Assert.Equal([1000, 1234], user.SupplementalGroups);
    }

    [Fact]
    public void Resolve_NumberAndName_IsRefused()
    {
        CridException exception = Assert.Throws<CridException>(() => Resolve(new SecuritySpec { RunAsUser = 1000, RunAsUsername = "web" }));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
    }

    [Fact]
    public void Resolve_RequestedUserAndGroup_WinOverTheImage()
    {
        ResolvedUser user = Resolve(new SecuritySpec { RunAsUser = 5, RunAsGroup = 6 }, "web");

        Assert.Equal((5, 6), (user.Uid, user.Gid));
        Assert.Equal([6], user.SupplementalGroups);
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("web:nogroup")]
    [InlineData("2147483648")]
    [InlineData("99999999999999999999")]
    [InlineData("0:4294967296")]
    public void Resolve_ImageUserThatCannotBe_IsInvalid(string imageUser)
    {
        CridException exception = Assert.Throws<CridException>(() => Resolve(new SecuritySpec(), imageUser));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
    }

    [Fact]
    public void Resolve_RequestThatCannotBe_IsInvalid()
    {
        SecuritySpec[] requests =
        [
            new() { RunAsGroup = 5 },
            new() { RunAsUser = -1 },
            new() { RunAsUser = 1L << 31 },
            new() { RunAsUser = 1, RunAsGroup = 1L << 32 },
            new() { RunAsUser = 1, SupplementalGroups = [-5] },
            new() { RunAsUser = 1, SupplementalGroupsPolicy = (SupplementalGroupsPolicy)7 },
        ];

        Assert.All(requests, request => Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<CridException>(() => Resolve(request)).Kind));
    }

    [Fact]
    public void Resolve_ImageWithoutFiles_TakesNumbers()
    {
        ResolvedUser user = new UserResolver(new AccountFiles(static _ => null)).Resolve(new SecuritySpec(), "12:34");

        Assert.Equal((12, 34), (user.Uid, user.Gid));
    }

    private static ResolvedUser Resolve(SecuritySpec security, string? imageUser = null)
    {
        AccountFiles accounts = new(static path => Encoding.UTF8.GetBytes(path == AccountFiles.PasswdPath ? Passwd : Group));
        return new UserResolver(accounts).Resolve(security, imageUser);
    }
}
