using System.Net.NetworkInformation;
using Crid.Api;

namespace Crid.HostTests;

/// <summary>Asserts that nothing of any pod is left after everything was removed through the API.</summary>
internal static class LeakCheck
{
    public static IReadOnlyList<string> MountsBelow(string directory) =>
        [.. File.ReadLines("/proc/self/mountinfo").Select(line => line.Split(' ')[4]).Where(mountpoint => mountpoint.StartsWith(directory + "/", StringComparison.Ordinal))];

    public static async Task NothingIsLeftAsync(CridDaemon daemon)
    {
        Assert.Empty((await daemon.Runtime.ListPodSandboxAsync(new ListPodSandboxRequest())).Items);
        Assert.Empty((await daemon.Runtime.ListContainersAsync(new ListContainersRequest())).Containers);
        await Eventually.TrueAsync(() => Find(daemon).Count == 0, $"nothing is left, but there is {string.Join(", ", Find(daemon))}");
    }

    private static List<string> Find(CridDaemon daemon)
    {
        List<string> left = [];
        left.AddRange(MountsBelow(daemon.Directory).Where(mountpoint => mountpoint != $"{daemon.Run}/ns").Select(mountpoint => $"mount {mountpoint}"));
        left.AddRange(NetworkInterface.GetAllNetworkInterfaces().Where(nic => nic.Name.StartsWith("veth", StringComparison.Ordinal) && IsOnBridge(nic.Name, daemon.Bridge)).Select(nic => $"interface {nic.Name}"));
        left.AddRange(FilesBelow($"{daemon.Ipam}/{daemon.Bridge}").Where(file => char.IsAsciiDigit(Path.GetFileName(file)[0])).Select(file => $"address {file}"));
        left.AddRange(FilesBelow($"{daemon.Directory}/cni-results").Select(file => $"CNI result {file}"));
        left.AddRange(LabCleanup.FindCgroups(Path.GetFileName(daemon.CgroupParent)).Where(path => !path.EndsWith(daemon.CgroupParent, StringComparison.Ordinal)).Select(path => $"cgroup {path}"));
        foreach (string directory in new[] { "run/ns", "run/containers", "run/sandboxes", "lib/containers", "lib/tmp" })
        {
            left.AddRange(EntriesOf($"{daemon.Directory}/{directory}").Select(entry => $"directory {entry}"));
        }

        if (Directory.Exists($"{daemon.Run}/runtimes"))
        {
            // crun keeps compiled seccomp profiles in .cache; they are no container's.
            IEnumerable<string> states = Directory.EnumerateDirectories($"{daemon.Run}/runtimes").SelectMany(EntriesOf);
            left.AddRange(states.Where(entry => Path.GetFileName(entry) != ".cache").Select(entry => $"runtime state {entry}"));
        }

        left.AddRange(FilesBelow($"{daemon.Run}/keeper").Where(file => Path.GetFileName(file).Any(char.IsAsciiHexDigit) && HasLongHexName(file)).Select(file => $"keeper file {file}"));
        return left;
    }

    private static bool HasLongHexName(string file) => Path.GetFileName(file).Count(char.IsAsciiHexDigit) >= 64;

    private static bool IsOnBridge(string name, string bridge) => Directory.Exists($"/sys/class/net/{bridge}/brif/{name}");

    private static IEnumerable<string> EntriesOf(string directory) =>
        Directory.Exists(directory) ? Directory.EnumerateFileSystemEntries(directory) : [];

    private static IEnumerable<string> FilesBelow(string directory) =>
        Directory.Exists(directory) ? Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories) : [];
}
