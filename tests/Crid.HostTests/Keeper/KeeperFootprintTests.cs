using System.Diagnostics;
using Crid.Keeper.Protocol;

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
    public async Task MuchOutput_IsLoggedToTheLastByte()
    {
        SkipUnlessAheadOfTime();
        const int Lines = 5_000_000;
        const int LineBytes = 100;
        await using KeeperLab lab = await KeeperLab.StartAsync();
        string source = $"{lab.Directories.Run}/source";
        await LabProcess.RunAsync("/bin/sh", "-c", $"yes {new string('x', LineBytes - 1)} | head -n {Lines} > {source}");
        CreateRequest request = lab.Prepare("c1", "true");
        request = request with { Command = ["/bin/sh", "-c", $"(sleep 0.2; exec cat {source}) & echo $! > {request.PidFile}"] };

        Stopwatch watch = Stopwatch.StartNew();
        await lab.Client.CreateAsync(request, TestContext.Current.CancellationToken);
        await lab.WaitForExitAsync("c1");

        double megabytesPerSecond = Lines * LineBytes / 1e6 / watch.Elapsed.TotalSeconds;
        TestContext.Current.SendDiagnosticMessage($"crid-keeper logs {megabytesPerSecond:0} MB/s of {LineBytes}-byte lines");
        Assert.Equal(Lines * (LineBytes + 40L), new FileInfo(lab.LogOf("c1")).Length);
    }

    private static void SkipUnlessAheadOfTime() => Assert.SkipWhen(
        File.Exists(Path.ChangeExtension(KeeperLab.KeeperPath, ".dll")), "crid-keeper is not compiled ahead of time here");
}
