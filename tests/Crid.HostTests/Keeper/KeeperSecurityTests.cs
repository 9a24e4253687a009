using Crid.Keeper.Protocol;

namespace Crid.HostTests;

/// <summary>Who may speak to the keeper, and what containers get of it.</summary>
public sealed class KeeperSecurityTests
{
    private const string SetPriv = "/usr/bin/setpriv";
    private const string WithoutTrace = "--bounding-set=-sys_ptrace";

    [Fact]
    public async Task Socket_OtherUser_IsRefusedByModeAndByCredentials()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        string socket = lab.Directories.KeeperSocket;

        UnixFileMode mode = File.GetUnixFileMode(socket);
        string byMode = await ConnectAsOtherUserAsync(socket);
        // Even where the file lets them in, as a descriptor that was passed on would.
        File.SetUnixFileMode(socket, mode | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);
        string byCredentials = await ConnectAsOtherUserAsync(socket);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode);
        Assert.Equal("refused", byMode);
        Assert.Equal("closed", byCredentials);
        await Eventually.TrueAsync(() => lab.ReadKeeperLog().Contains("is not root", StringComparison.Ordinal), "the keeper says why");
    }

    [Fact]
    public async Task Keeper_Insides_AreOutOfReachWithoutThePrivilegeToTrace()
    {
        HostRequirements.Require(KeeperLab.KeeperPath);
        const string Script = "readlink /proc/$0/fd/0 > /dev/null && echo readable || echo denied";
        string directory = Directory.CreateTempSubdirectory("crid-test-").FullName;
        await using LabProcess keeperProcess = LabProcess.Start(
            $"{directory}/keeper.log", SetPriv, WithoutTrace, KeeperLab.KeeperPath, "--run-directory", directory);
        await using LabProcess sleepProcess = LabProcess.Start($"{directory}/sleep.log", SetPriv, WithoutTrace, "/bin/sleep", "600");
        await Eventually.TrueAsync(() => File.Exists($"{directory}/keeper.sock"), "the keeper listens");

        string keeper = await RunWithoutTraceAsync("/bin/sh", "-c", Script, $"{keeperProcess.Pid}");
        string ordinary = await RunWithoutTraceAsync("/bin/sh", "-c", Script, $"{sleepProcess.Pid}");
        await keeperProcess.KillAsync();
        Directory.Delete(directory, recursive: true);

        Assert.Equal("denied", keeper);
        Assert.Equal("readable", ordinary);
    }

    [Fact]
    public async Task Container_Descriptors_AreItsThree()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        CreateRequest request = lab.Prepare("c1", "for f in /proc/self/fd/*; do echo ${f##*/}; done; busybox ls /proc/1/fd") with { Stdin = true };
        await lab.RunAsync(lab.Prepare("other", "sleep 600") with { Stdin = true });

        await lab.RunAsync(request);
        await lab.WaitForExitAsync("c1");

        string[] numbers = lab.ReadLogLines("c1").Select(line => line["stdout F ".Length..]).Distinct(StringComparer.Ordinal).ToArray();
        Assert.Superset(new HashSet<string>(["0", "1", "2"]), numbers.ToHashSet());
        // The shell has the directory that it lists open.
        Assert.All(numbers, number => Assert.InRange(int.Parse(number, System.Globalization.CultureInfo.InvariantCulture), 0, 3));
    }

    private static async Task<string> ConnectAsOtherUserAsync(string socket)
    {
        const string Script = "use Socket; socket(my $s, AF_UNIX, SOCK_SEQPACKET, 0) or die; "
            + "connect($s, pack_sockaddr_un($ARGV[0])) or do { print 'refused'; exit }; recv($s, my $b, 100, 0); print length($b) ? 'served' : 'closed'";
        return await LabProcess.RunAsync(SetPriv, "--reuid=1000", "--clear-groups", "/usr/bin/perl", "-e", Script, socket);
    }

    private static async Task<string> RunWithoutTraceAsync(params string[] command) =>
        (await LabProcess.RunAsync(SetPriv, [WithoutTrace, .. command])).Trim();
}
