using Crid.Linux;

namespace Crid.HostTests;

/// <summary>Counters of a real cgroup, in whatever mode this machine has them.</summary>
public sealed class CgroupMeterTests
{
    [Fact]
    public void Read_CgroupIsRemovedWhileFilesAreOpen_IsNullAndRemovalSucceeds()
    {
        HostRequirements.Require();
        CgroupTree tree = new(CgroupLayout.Detect());
        string path = $"/crid-test-meter-{Environment.ProcessId}";
        tree.Create(path);
        using CgroupMeter meter = CgroupMeter.Open(tree.Layout, path)!;
        CgroupReading reading = meter.Read()!;
        Assert.Equal(0UL, reading.Memory!.Usage);
        Assert.Null(reading.Memory.Limit);
        Assert.Equal(0UL, reading.Tasks);

        Assert.True(tree.Remove(path));

        Assert.Null(meter.Read());
        Assert.Null(CgroupMeter.Open(tree.Layout, path));
    }
}
