using Crid.Core;
using Crid.Linux;

namespace Crid.HostTests;

public sealed class InterfaceMeterTests
{
    [Fact]
    public async Task Read_PinnedNamespaces_HasTheInterfacesOfEachAndNothingAfterTheEnd()
    {
        using NamespaceLab lab = new();
        using InterfaceMeter meter = new();
        SandboxId first = SandboxId.New();
        SandboxId second = SandboxId.New();
        string firstPin = await lab.CreateNetworkAsync(first);
        string secondPin = await lab.CreateNetworkAsync(second);
        await LabProcess.RunAsync("/usr/bin/nsenter", $"--net={firstPin}", "/usr/sbin/ip", "link", "add", "eth0", "type", "veth", "peer", "name", "net1");
        await LabProcess.RunAsync("/usr/bin/nsenter", $"--net={firstPin}", "/usr/sbin/ip", "link", "set", "eth0", "up");

        IEnumerable<string> names = meter.Read(firstPin)!.Select(counters => counters.Name);
        Assert.Superset(new HashSet<string> { "eth0", "net1" }, new HashSet<string>(names));
        Assert.DoesNotContain(meter.Read(firstPin)!, counters => counters.Name == "lo");
        Assert.DoesNotContain(meter.Read(secondPin)!, counters => counters.Name is "eth0" or "net1" or "lo");

        lab.Namespaces.Remove(first);
        Assert.Null(meter.Read(firstPin));
        Assert.NotNull(meter.Read(secondPin));
    }
}
