namespace Crid.HostTests;

/// <summary>The keeper in a cgroup of its own whose memory runs short, while containers write as fast as they can.</summary>
public sealed class KeeperMemoryTests
{
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
        await using KeeperLab lab = await KeeperLab.StartAsync();
        LabCgroup cgroup = LabCgroup.Create(lab.Name, "memory");
        await lab.Process.TerminateAsync();
        lab.StartKeeper(cgroup.Path);
        string[] ids = ["c1", "c2", "c3"];
        foreach (string id in ids)
        {
            string script = $"read a; i=0; while [ $i -lt {Lines} ]; do i=$((i + 1)); echo number $i; done; exit {ExitStatus}";
            await lab.RunAsync(lab.Prepare(id, script) with { Stdin = true });
        }

        await Eventually.TrueAsync(() => LabCleanup.ReadProcesses(cgroup.Path).Single() == lab.Process.Pid, "only the keeper is in its cgroup");
        await cgroup.LimitMemoryAsync(room);
        foreach (string id in ids)
        {
            await File.WriteAllTextAsync($"{lab.BundleOf(id)}/io/stdin", "\n", Token);
        }

        await Eventually.TrueAsync(() => lab.Process.HasExited || lab.Exits.Count == ids.Length, "the containers or the keeper have ended");
        bool killed = lab.Process.HasExited;
        if (killed)
        {
            Assert.Equal(137, lab.Process.ExitCode);
            await cgroup.UnlimitMemoryAsync();
            lab.StartKeeper(cgroup.Path);
        }

        foreach (string id in ids)
        {
            int status = (await lab.WaitForExitAsync(id)).ExitStatus;
            Assert.Contains(status, killed ? LabMachine.ExitsOfOrphan(ExitStatus) : [ExitStatus]);
            Assert.Equal(Enumerable.Range(1, Lines).Select(number => $"stdout F number {number}"), lab.ReadLogLines(id));
        }

        Assert.True(killed || !isKilled, "the kernel did not have to kill the keeper");
    }
}
