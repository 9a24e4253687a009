using Crid.Api;

namespace Crid.Bench;

/// <summary>Pulls that find nothing of the image here.</summary>
internal sealed class PullScenario : IScenario
{
    private const int MostRounds = 5;

    public async Task RunAsync(BenchOptions options, IReadOnlyList<Target> targets, Measurements measurements, CancellationToken cancellation)
    {
        foreach (string name in options.PullImages)
        {
            for (int i = 0; i < Math.Min(MostRounds, options.Iterations); i++)
            {
                foreach (Target target in targets)
                {
                    ImageSpec image = new() { Image = name };
                    await target.Images.RemoveImageAsync(new RemoveImageRequest { Image = image }, Target.Call(cancellation));
                    await measurements.TimeAsync("pull", name, target.Name, () =>
                        target.Images.PullImageAsync(new PullImageRequest { Image = image }, Target.Call(cancellation)).ResponseAsync);
                }
            }

            foreach (Target target in targets)
            {
                await target.Images.RemoveImageAsync(new RemoveImageRequest { Image = new ImageSpec { Image = name } }, Target.Call(cancellation));
            }
        }
    }
}
