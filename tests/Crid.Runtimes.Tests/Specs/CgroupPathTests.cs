using Crid.Core;

namespace Crid.Runtimes.Tests;

public sealed class CgroupPathTests
{
    [Theory]
    [InlineData(CgroupDriver.Cgroupfs, "", "/crid/x")]
    [InlineData(CgroupDriver.Cgroupfs, "/kubepods/besteffort/pod1/", "/kubepods/besteffort/pod1/x")]
    [InlineData(CgroupDriver.Cgroupfs, "relative", "/relative/x")]
    [InlineData(CgroupDriver.Cgroupfs, "/a/../../b", "/b/x")]
    [InlineData(CgroupDriver.Systemd, "", "system.slice:crid:x")]
    [InlineData(CgroupDriver.Systemd, "/kubepods.slice/kubepods-pod1.slice", "kubepods-pod1.slice:crid:x")]
    public void For_Parent_NamesTheContainersCgroup(CgroupDriver driver, string parent, string expected) =>
        Assert.Equal(expected, CgroupPath.For(driver, parent, "x"));

    [Theory]
    [InlineData(CgroupDriver.Cgroupfs, "/kubepods.slice")]
    [InlineData(CgroupDriver.Systemd, "/kubepods")]
    public void For_ParentOfTheOtherDriver_IsInvalid(CgroupDriver driver, string parent) =>
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<CridException>(() => CgroupPath.For(driver, parent, "x")).Kind);

    [Theory]
    [InlineData("a--b.slice")]
    [InlineData("-a.slice")]
    [InlineData("a-.slice")]
    [InlineData("--.slice")]
    [InlineData(".slice")]
    [InlineData("a b.slice")]
    [InlineData("a@b.slice")]
    [InlineData("a:b.slice")]
    [InlineData("/kubepods.slice/kubepods--pod1.slice")]
    public void CheckParent_SliceThatSystemdRefuses_IsInvalid(string parent) =>
        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<CridException>(() => CgroupPath.CheckParent(CgroupDriver.Systemd, parent)).Kind);

    [Theory]
    [InlineData("-.slice")]
    [InlineData("a.slice")]
    [InlineData("a-b_c.d\\x2d.slice")]
    public void CheckParent_Slice_IsAccepted(string parent) => CgroupPath.CheckParent(CgroupDriver.Systemd, parent);

    [Theory]
    [InlineData("/crid/x", "/crid/x")]
    [InlineData("system.slice:crid:x", "/system.slice/crid-x.scope")]
    [InlineData("-.slice:crid:x", "/crid-x.scope")]
    [InlineData("kubepods-burstable-pod1_2.slice:crid:x", "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/crid-x.scope")]
    public void ToDirectory_Path_IsBelowTheMount(string path, string expected) => Assert.Equal(expected, CgroupPath.ToDirectory(path));
}
