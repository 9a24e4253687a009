namespace Crid.HostTests;

/// <summary>What crid and its keeper weigh with many pods.</summary>
public sealed class FootprintTests(PodFixture fixture) : IClassFixture<PodFixture>
{
    private const int Pods = 50;
    private const long MiB = 1 << 20;

    [Fact]
    public async Task FiftyPods_OneKeeperBelow8MiBAndCridBelow50MiB()
    {
        CridDaemon daemon = fixture.Daemon;
        List<string> sandboxes = [];
        for (int i = 0; i < Pods; i++)
        {
            sandboxes.Add((await daemon.RunPodAsync($"pod{i}", fixture.Image, "echo up; sleep 1000")).SandboxId);
        }

        IReadOnlyList<LabProcessInfo> processes = LabProcessInfo.List();
        LabProcessInfo keeper = Assert.Single(processes, process => process.CommandLine.Contains("crid-keeper", StringComparison.Ordinal) && process.CommandLine.Contains(daemon.Run, StringComparison.Ordinal));
        Assert.DoesNotContain(processes, process => process.CommandLine.Contains("crid-pause", StringComparison.Ordinal) && process.CommandLine.Contains(daemon.Run, StringComparison.Ordinal));
        Assert.InRange(LabProcessInfo.ReadRss(keeper.Pid), 0, 8 * MiB);
        Assert.InRange(LabProcessInfo.ReadRss(daemon.Pid), 0, 50 * MiB);

        foreach (string sandbox in sandboxes)
        {
            await daemon.RemoveSandboxAsync(sandbox);
        }

        await LeakCheck.NothingIsLeftAsync(daemon);
    }
}
