using Crid.Core;
using Crid.Runtimes;

namespace Crid.HostTests;

/// <summary>Device nodes that a container of another user than root asks for.</summary>
[Collection(ActingKeeperCollection.Name)]
public sealed class DeviceOwnershipTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("crid-devices-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("runc", false, 1)]
    [InlineData("runc", true, 0)]
    [InlineData("crun", false, 1)]
    [InlineData("crun", true, 0)]
    public async Task Create_DeviceOfRootForAnotherUser_OpensWhereItIsGivenToTheUser(string runtime, bool isGiven, int expectedStatus)
    {
        // The numbers of /dev/zero, which every machine has.
        string device = $"{_directory}/zero";
        await LabProcess.RunAsync("mknod", "-m", "0600", device, "c", "1", "5");
        await using RuntimeLab lab = await RuntimeLab.CreateAsync(runtime, options => options with { DeviceOwnershipFromSecurityContext = isGiven });
        ContainerSpec spec = lab.Spec("/bin/busybox", "sh", "-c", "stat -c '%u:%g %a' /dev/disk; dd if=/dev/disk of=/dev/null bs=512 count=1");

        (ContainerId id, _) = await lab.RunAsync(spec with
        {
            Devices = [new DeviceSpec("/dev/disk", device, "rw")],
            Security = spec.Security with { RunAsUser = 107, RunAsGroup = 36 },
        });

        Assert.Equal(expectedStatus, await lab.WaitAsync(id));
        string log = await File.ReadAllTextAsync(lab.LogPath(id), TestContext.Current.CancellationToken);
        Assert.StartsWith(isGiven ? "107:36 600\n" : "0:0 600\n", log, StringComparison.Ordinal);
        Assert.Equal(!isGiven, log.Contains("can't open '/dev/disk': Permission denied", StringComparison.Ordinal));
    }
}
