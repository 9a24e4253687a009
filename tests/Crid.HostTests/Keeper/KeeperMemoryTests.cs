using System.Globalization;

namespace Crid.HostTests;

/// <summary>The keeper in a cgroup of its own whose memory runs short, while containers write as fast as they can.</summary>
public sealed class KeeperMemoryTests
{
    private const string Hierarchy = "/sys/fs/cgroup/memory";
    private const int Lines = 20_000;
    private const int ExitStatus = 9;
    private const long KiB = 1 << 10;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="room">What it may take beyond what it has when containers begin to write.</param>
    [Theory]
    [InlineData(2048 * KiB, false)]
    [InlineData(64 * KiB, true)]
    public async Task MemoryRunsShort_ContainersWrite_LogsAndExitStatusesAreWhole(long room, bool isKilled)
    {
        Assert.SkipUnless(File.Exists($"{Hierarchy}/memory.limit_in_bytes"), "there is no memory controller of cgroup v1");
        await using KeeperLab lab = await KeeperLab.StartAsync();
        await lab.Process.TerminateAsync();
        string cgroup = $"{Hierarchy}/{lab.Name}/keeper";
        Directory.CreateDirectory(cgroup);
        lab.StartKeeper(cgroup);
        string[] ids = ["c1", "c2", "c3"];
        foreach (string id in ids)
        {
            string script = $"read a; i=0; while [ $i -lt {Lines} ]; do i=$((i + 1)); echo number $i; done; exit {ExitStatus}";
            await lab.RunAsync(lab.Prepare(id, script) with { Stdin = true });
        }

        await Eventually.TrueAsync(() => LabCleanup.ReadProcesses(cgroup).Single() == lab.Process.Pid, "only the keeper is in its cgroup");
        await LimitAsync(cgroup, room);
        foreach (string id in ids)
        {
            await File.WriteAllTextAsync($"{lab.BundleOf(id)}/io/stdin", "\n", Token);
        }

        await Eventually.TrueAsync(() => lab.Process.HasExited || lab.Exits.Count == ids.Length, "the containers or the keeper have ended");
        bool killed = lab.Process.HasExited;
        if (killed)
        {
            Assert.Equal(137, lab.Process.ExitCode);
            await File.WriteAllTextAsync($"{cgroup}/memory.limit_in_bytes", "-1", Token);
            lab.StartKeeper(cgroup);
        }

        foreach (string id in ids)
        {
            int status = (await lab.WaitForExitAsync(id)).ExitStatus;
            Assert.Contains(status, killed ? LabMachine.ExitsOfOrphan(ExitStatus) : [ExitStatus]);
            Assert.Equal(Enumerable.Range(1, Lines).Select(number => $"stdout F number {number}"), lab.ReadLogLines(id));
        }

        Assert.True(killed || !isKilled, "the kernel did not have to kill the keeper");
    }

    /// <summary>Takes from the cgroup all that can be taken back, and leaves it a little more than the rest.</summary>
    private static async Task LimitAsync(string cgroup, long room)
    {
        long usage = long.MaxValue;
        for (long now = await ReadUsageAsync(cgroup); now < usage; now = await ReadUsageAsync(cgroup))
        {
            usage = now;
            try
            {
                await File.WriteAllTextAsync($"{cgroup}/memory.limit_in_bytes", (usage - (64 * KiB)).ToString(CultureInfo.InvariantCulture), Token);
            }
            catch (IOException)
            {
                // EBUSY: what is left can't be taken back.
            }
        }

        await File.WriteAllTextAsync($"{cgroup}/memory.limit_in_bytes", (usage + room).ToString(CultureInfo.InvariantCulture), Token);
    }

    private static async Task<long> ReadUsageAsync(string cgroup) =>
        long.Parse(await File.ReadAllTextAsync($"{cgroup}/memory.usage_in_bytes", Token), CultureInfo.InvariantCulture);
}
