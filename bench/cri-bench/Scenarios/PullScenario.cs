using System.Globalization;
using Crid.Api;

namespace Crid.Bench;

/// <summary>
/// Pulls that find nothing of the image here. Every round has an image of its own, and nothing is removed before the last of them: ext4 makes files
/// slowly for a while after it has removed many, which would be the time of the round before.
/// </summary>
internal sealed class PullScenario : IScenario
{
    private const int MostRounds = 5;

    public async Task RunAsync(BenchOptions options, IReadOnlyList<Target> targets, Measurements measurements, CancellationToken cancellation)
    {
        foreach (string name in options.PullImages)
        {
            for (int round = 1; round <= RoundsOf(name, options); round++)
            {
                // Who comes second finds the registry's files in the page cache: each is second in turn.
                foreach (Target target in round % 2 == 0 ? targets : targets.Reverse())
                {
                    await PullAsync(name, round, target, measurements, cancellation);
                }
            }
        }

        foreach (Target target in targets)
        {
            foreach (string name in options.PullImages)
            {
                for (int round = 1; round <= RoundsOf(name, options); round++)
                {
                    await target.Images.RemoveImageAsync(new RemoveImageRequest { Image = ImageOf(name, round) }, Target.Call(cancellation));
                }
            }
        }
    }

    private static async Task PullAsync(string name, int round, Target target, Measurements measurements, CancellationToken cancellation)
    {
        PullImageRequest request = new() { Image = ImageOf(name, round) };
        string scenario = $"pull {name[(name.LastIndexOf('/') + 1)..]}";
        await FileSystemSync.RunAsync(cancellation);
        PeakMemory memory = PeakMemory.Begin(target.DaemonPid);
        await measurements.TimeAsync(scenario, "time", target.Name, () => target.Images.PullImageAsync(request, Target.Call(cancellation)).ResponseAsync);
        measurements.Add(scenario, "peak RSS above idle", Units.Megabytes, target.Name, memory.MegabytesAboveStart);
    }

    // An image without a number is there after the first round.
    private static int RoundsOf(string name, BenchOptions options) => name.Contains("{round}", StringComparison.Ordinal) ? Math.Min(MostRounds, options.Iterations) : 1;

    private static ImageSpec ImageOf(string name, int round) =>
        new() { Image = name.Replace("{round}", round.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal) };
}
