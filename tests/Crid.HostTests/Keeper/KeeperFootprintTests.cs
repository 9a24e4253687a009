using System.Diagnostics;

namespace Crid.HostTests;

/// <summary>What crid-keeper weighs and how fast it writes logs; of the program as it ships only.</summary>
public sealed class KeeperFootprintTests
{
    private const long MiB = 1 << 20;

    [Fact]
    public async Task FiftyContainers_ResidentMemory_IsBelow8MiB()
    {
        SkipUnlessAheadOfTime();
        await using KeeperLab lab = await KeeperLab.StartAsync();

        for (int i = 0; i < 50; i++)
        {
            await lab.RunAsync(lab.Prepare($"c{i}", "echo started; busybox seq 1 1000; echo -n tail; sleep 600"));
        }

        long rss = LabProcessInfo.ReadRss(lab.Process.Pid);
        TestContext.Current.SendDiagnosticMessage($"crid-keeper with 50 containers: {rss / 1024} KiB");
        Assert.InRange(rss, 0, 8 * MiB);
    }

    [Fact]
    public async Task MuchOutput_IsWrittenFasterThanItIsMade()
    {
        SkipUnlessAheadOfTime();
        const int Lines = 3_000_000;
        await using KeeperLab lab = await KeeperLab.StartAsync();

        Stopwatch watch = Stopwatch.StartNew();
        await lab.RunAsync(lab.Prepare("c1", $"busybox yes {new string('x', 99)} | busybox head -n {Lines}"));
        await lab.WaitForExitAsync("c1");

        long bytes = new FileInfo(lab.LogOf("c1")).Length;
        TestContext.Current.SendDiagnosticMessage($"{Lines * 100L / 1e6 / watch.Elapsed.TotalSeconds:0} MB/s of output, {watch.ElapsedMilliseconds} ms");
        Assert.Equal(Lines * 140L, bytes);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(60));
    }

    private static void SkipUnlessAheadOfTime() => Assert.SkipWhen(
        File.Exists(Path.ChangeExtension(KeeperLab.KeeperPath, ".dll")), "crid-keeper is not compiled ahead of time here");
}
