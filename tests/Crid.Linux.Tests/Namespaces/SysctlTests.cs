using Crid.Core;

namespace Crid.Linux.Tests;

public sealed class SysctlTests
{
    [Theory]
    [InlineData("net.ipv4.ip_forward", "net/ipv4/ip_forward", true)]
    [InlineData("net/ipv4/ip_forward", "net/ipv4/ip_forward", true)]
    [InlineData("net.ipv4.conf.eth0/100.forwarding", "net/ipv4/conf/eth0.100/forwarding", true)]
    [InlineData("net/ipv4/conf/eth0.100/forwarding", "net/ipv4/conf/eth0.100/forwarding", true)]
    [InlineData("kernel.shm_rmid_forced", "kernel/shm_rmid_forced", false)]
    [InlineData("kernel.shmmax", "kernel/shmmax", false)]
    [InlineData("kernel.msgmnb", "kernel/msgmnb", false)]
    [InlineData("kernel.sem", "kernel/sem", false)]
    [InlineData("fs.mqueue.msg_max", "fs/mqueue/msg_max", false)]
    public void Parse_NamespacedName_GivesPathAndNamespace(string name, string path, bool isNetwork)
    {
        Sysctl sysctl = Sysctl.Parse(name, "1");

        Assert.Equal(path, sysctl.Path);
        Assert.Equal(isNetwork, sysctl.IsNetwork);
        Assert.Equal("1", sysctl.Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("net")]
    [InlineData("net.")]
    [InlineData("net..ipv4")]
    [InlineData(".net.ipv4")]
    [InlineData("/net/ipv4/ip_forward")]
    [InlineData("net/../kernel/core_pattern")]
    [InlineData("net./././kernel")]
    [InlineData("net.ipv4.ip forward")]
    [InlineData("net.ipv4.ip_forward\0")]
    [InlineData("network.x")]
    [InlineData("kernel.core_pattern")]
    [InlineData("kernel.shm.x")]
    [InlineData("kernel.sem.x")]
    [InlineData("kernel.semaphore")]
    [InlineData("kernel.pid_max")]
    [InlineData("fs.file-max")]
    [InlineData("fs.mqueue")]
    [InlineData("vm.swappiness")]
    public void Parse_NameOutsideTheNamespaces_ThrowsInvalidArgument(string name)
    {
        CridException exception = Assert.Throws<CridException>(() => Sysctl.Parse(name, "1"));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1\n2")]
    [InlineData("1\0")]
    [InlineData("\u00e4")]
    public void Parse_ValueNotPrintable_ThrowsInvalidArgument(string value)
    {
        CridException exception = Assert.Throws<CridException>(() => Sysctl.Parse("net.core.somaxconn", value));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
    }

    [Fact]
    public void Parse_ValueOfSeveralNumbers_IsKept()
    {
        Assert.Equal("1024\t65000", Sysctl.Parse("net.ipv4.ip_local_port_range", "1024\t65000").Value);
        Assert.Equal("250 32000 32 128", Sysctl.Parse("kernel.sem", "250 32000 32 128").Value);
    }

    [Fact]
    public void Parse_ValueTooLong_ThrowsInvalidArgument()
    {
        Assert.Throws<CridException>(() => Sysctl.Parse("net.core.somaxconn", new string('1', 1025)));
    }
}
