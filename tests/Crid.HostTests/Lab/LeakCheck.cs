using System.Net.NetworkInformation;
using Crid.Api;
using Crid.State;
using Microsoft.Data.Sqlite;

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

    /// <summary>How many descriptors crid and its keeper have.</summary>
    public static (int Crid, int Keeper) CountDescriptors(CridDaemon daemon) =>
        (LabProcessInfo.DescriptorsOf(daemon.Pid).Count, LabProcessInfo.DescriptorsOf(daemon.FindKeeper()).Count);

    /// <summary>Asserts that no process is left but crid and one keeper, that these hold nothing of a container, and that no row is left.</summary>
    /// <param name="before">What <see cref="CountDescriptors"/> gave before there was a container.</param>
    public static async Task ProcessesHoldNothingAsync(CridDaemon daemon, (int Crid, int Keeper) before)
    {
        const int Connections = 4;
        (int crid, int keeper) = CountDescriptors(daemon);
        Assert.InRange(crid, 1, before.Crid + Connections);
        Assert.InRange(keeper, 1, before.Keeper + Connections);
        await Eventually.TrueAsync(() => FindHeld(daemon).Count == 0, $"nothing is held, but there is {string.Join(", ", FindHeld(daemon))}");
        await NoRowsAreLeftAsync(daemon);
    }

    /// <summary>Looks at a copy: crid has its database for itself.</summary>
    private static async Task NoRowsAreLeftAsync(CridDaemon daemon)
    {
        string copy = Directory.CreateTempSubdirectory("crid-rows-").FullName;
        try
        {
            foreach (string file in new[] { "crid.db", "crid.db-wal" })
            {
                File.Copy($"{daemon.Root}/{file}", $"{copy}/{file}");
            }

            await using Database database = Database.Open($"{copy}/crid.db");
            foreach (string table in new[] { "sandboxes", "containers", "snapshots", "image_volumes" })
            {
                Assert.Equal(0L, await database.ReadAsync(connection => Count(connection, table)));
            }
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    private static object? Count(SqliteConnection connection, string table)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Constant names of this class.
        command.CommandText = $"SELECT COUNT(*) FROM {table}";
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }

    private static List<string> FindHeld(CridDaemon daemon)
    {
        int keeper = daemon.FindKeeper();
        List<string> held = [.. LabProcessInfo.List()
            .Where(process => process.Pid != daemon.Pid && process.Pid != keeper && process.CommandLine.Contains(daemon.Directory, StringComparison.Ordinal))
            .Select(process => $"process {process.Pid} {process.CommandLine}")];
        held.AddRange(LabProcessInfo.ChildrenOf(keeper).Select(child => $"child {child.Pid} of the keeper {child.CommandLine}"));
        held.AddRange(LabProcessInfo.ChildrenOf(daemon.Pid).Where(child => child.Pid != keeper).Select(child => $"child {child.Pid} of crid {child.CommandLine}"));
        // crid watches the keeper that it has started.
        held.AddRange(FindDescriptors(daemon, keeper, pidfds: 0).Select(file => $"descriptor {file} of the keeper"));
        held.AddRange(FindDescriptors(daemon, daemon.Pid, pidfds: 1).Select(file => $"descriptor {file} of crid"));
        return held;
    }

    private static IEnumerable<string> FindDescriptors(CridDaemon daemon, int pid, int pidfds)
    {
        IReadOnlyList<string> files = LabProcessInfo.DescriptorsOf(pid);
        return files.Where(IsPidfd).Skip(pidfds)
            .Concat(files.Where(file => file.StartsWith($"{daemon.Run}/containers", StringComparison.Ordinal)
                || file.StartsWith($"{daemon.Run}/sandboxes", StringComparison.Ordinal) || file.StartsWith($"{daemon.Directory}/logs", StringComparison.Ordinal)));
    }

    private static bool IsPidfd(string file) => file.StartsWith("anon_inode:[pidfd]", StringComparison.Ordinal) || file.StartsWith("pidfd:", StringComparison.Ordinal);

    private static List<string> Find(CridDaemon daemon)
    {
        List<string> left = [];
        left.AddRange(MountsBelow(daemon.Directory).Where(mountpoint => mountpoint != $"{daemon.Run}/ns" && mountpoint != daemon.Run && mountpoint != daemon.Root).Select(mountpoint => $"mount {mountpoint}"));
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
            // crun keeps compiled seccomp profiles in .cache, and mounts an .empty-directory over masked ones; they are no container's.
            IEnumerable<string> states = Directory.EnumerateDirectories($"{daemon.Run}/runtimes").SelectMany(EntriesOf);
            left.AddRange(states.Where(entry => Path.GetFileName(entry) is not (".cache" or ".empty-directory")).Select(entry => $"runtime state {entry}"));
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
