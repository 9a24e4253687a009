using Crid.Oci;

namespace Crid.Runtimes.Tests;

public sealed class DeviceListTests
{
    private const uint HostUser = 0;
    private const uint HostGroup = 6;

    [Theory]
    [InlineData(false, 107L, 36L, HostUser, HostGroup)]
    [InlineData(true, 107L, 36L, 107u, 36u)]
    [InlineData(true, 107L, null, 107u, HostGroup)]
    [InlineData(true, null, 36L, HostUser, 36u)]
    [InlineData(true, null, null, HostUser, HostGroup)]
    [InlineData(true, 0L, 0L, HostUser, HostGroup)]
    [InlineData(true, (long)int.MaxValue, (long)int.MaxValue, (uint)int.MaxValue, (uint)int.MaxValue)]
    public void Build_RequestedDevice_BelongsToTheUserWhereThatIsOn(bool isOn, long? user, long? group, uint expectedUser, uint expectedGroup)
    {
        ContainerCreation creation = Requesting(user, group, new DeviceSpec("/dev/disk", "/dev/vda", "rwm"));

        OciDevice device = Assert.Single(TestRequests.Build(creation, deviceOwnership: isOn).Linux.Devices!);

        Assert.Equal(("/dev/disk", expectedUser, expectedGroup), (device.Path, device.Uid, device.Gid));
    }

    [Fact]
    public void Build_DevicesOfTheHostForAPrivilegedContainer_KeepTheirOwnersButForTheRequestedOne()
    {
        ContainerCreation creation = TestRequests.Privileged(Requesting(107, 36, new DeviceSpec("/dev/snd/pcm0", "/dev/snd/pcm0", "rwm")));

        IReadOnlyList<OciDevice> devices = TestRequests.Build(creation, deviceOwnership: true).Linux.Devices!;

        Assert.Equal(["/dev/snd/pcm0"], devices.Where(static device => device is { Uid: 107, Gid: 36 }).Select(static device => device.Path));
        Assert.Equal((HostUser, HostGroup), devices.Where(static device => device.Path == "/dev/vda").Select(static device => (device.Uid, device.Gid)).Single());
    }

    private static ContainerCreation Requesting(long? user, long? group, DeviceSpec device) => TestRequests.With(TestRequests.Spec with
    {
        Devices = [device],
        Security = TestRequests.Spec.Security with { RunAsUser = user, RunAsGroup = group },
    });
}
