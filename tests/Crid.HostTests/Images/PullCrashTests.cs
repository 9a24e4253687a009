using System.Diagnostics;
using System.Globalization;
using Crid.Api;
using Crid.Core;
using Crid.Testing;
using Grpc.Core;

namespace Crid.HostTests;

/// <summary>
/// crid is killed at random moments while it pulls and removes images that share layers. Whatever it was doing, the store that the next start finds
/// is sound: what is listed is whole, and besides there are only whole layers. <c>CRID_PULL_KILLS</c> sets how often.
/// </summary>
public sealed class PullCrashTests
{
    private const int UsualKills = 6;

    [Fact]
    public async Task Kill_AtRandomDuringPulls_TheStoreIsSoundAfterEach()
    {
        HostRequirements.Require("/usr/bin/docker-registry");
        int kills = int.TryParse(Environment.GetEnvironmentVariable("CRID_PULL_KILLS"), NumberStyles.None, CultureInfo.InvariantCulture, out int wanted) ? wanted : UsualKills;
        await using CridDaemon daemon = await CridDaemon.StartAsync();
        await using LabRegistry registry = await LabRegistry.StartAsync($"{daemon.Directory}/registry");
        string[] images = await PushAsync(registry);
        Random random = new(1);
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(images.Select(image => ChangeAsync(daemon, image, remove: false)));
        int pullMilliseconds = (int)Stopwatch.GetElapsedTime(start).TotalMilliseconds + 1;
        int interrupted = 0;
        for (int i = 0; i < kills; i++)
        {
            // One image at least is pulled again; the first kill falls into the middle of that, the others anywhere in it.
            Task[] work = [.. images.Select((image, index) => ChangeAsync(daemon, image, remove: index == i % 2 || random.Next(4) == 0))];
            await Task.Delay(i == 0 ? pullMilliseconds / 2 : random.Next(pullMilliseconds));
            await daemon.KillAsync();
            await Task.WhenAny(Task.WhenAll(work));
            interrupted += work.Any(static call => call.IsFaulted) ? 1 : 0;
            await daemon.LaunchAsync();

            await AssertSoundAsync(daemon);
        }

        foreach (string image in images)
        {
            await daemon.Images.PullImageAsync(new PullImageRequest { Image = new ImageSpec { Image = image } });
        }

        await AssertSoundAsync(daemon);
        Assert.Equal(4, Directory.GetDirectories($"{daemon.Root}/layers").Length);
        Assert.True(interrupted > 0, "no kill met a pull");
        TestContext.Current.SendDiagnosticMessage($"{interrupted} of {kills} kills met a pull");
        foreach (string image in images)
        {
            await daemon.Images.RemoveImageAsync(new RemoveImageRequest { Image = new ImageSpec { Image = image } });
        }

        Assert.Empty(Directory.GetDirectories($"{daemon.Root}/layers"));
    }

    [Fact]
    public async Task Kill_AfterSomeLayers_TheNextPullFetchesTheOthersOnly()
    {
        byte[][] archives = [.. Enumerable.Range(0, 5).Select(MakeArchive)];
        string[] blobs = [.. archives.Select(static archive => BlobDigest.Of(Testing.TestImage.Compress(archive)).Value)];
        using TestRegistry registry = new();
        registry.Add("app", "1", Testing.TestImage.Create(archives));
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        registry.BeforeBlob = name => Array.IndexOf(blobs, name) >= 3 ? gate.Task : Task.CompletedTask;
        await using CridDaemon daemon = await CridDaemon.StartAsync();
        PullImageRequest request = new() { Image = new ImageSpec { Image = $"{registry.Address}/app:1" } };

        Task interrupted = daemon.Images.PullImageAsync(request).ResponseAsync;
        await Eventually.TrueAsync(() => daemon.ReadLog().Split("unpacked layer").Length - 1 == 3, "three layers are finished");
        await daemon.KillAsync();
        await Assert.ThrowsAsync<RpcException>(() => interrupted);
        gate.SetResult();
        registry.BeforeBlob = null;
        await daemon.LaunchAsync();
        Assert.Equal(3, Directory.GetDirectories($"{daemon.Root}/layers").Length);
        int[] before = [.. blobs.Select(registry.Count)];
        await daemon.Images.PullImageAsync(request);

        Assert.Equal([0, 0, 0, 1, 1], blobs.Select((blob, i) => registry.Count(blob) - before[i]));
        await AssertSoundAsync(daemon);
        await daemon.Images.RemoveImageAsync(new RemoveImageRequest { Image = request.Image });
        Assert.Empty(Directory.GetDirectories($"{daemon.Root}/layers"));
    }

    private static async Task<string[]> PushAsync(LabRegistry registry)
    {
        byte[][] archives = [.. Enumerable.Range(0, 4).Select(MakeArchive)];
        List<string> names = [];
        for (int i = 0; i < 2; i++)
        {
            Testing.TestImage image = Testing.TestImage.Create(archives[0], archives[1], archives[2 + i]);
            byte[][] layers = [.. image.Blobs.Values.Where(blob => !ReferenceEquals(blob, image.Config))];
            names.Add(await registry.PushAsync(new TestImage(image.Manifest, image.Config, layers), $"crash{i}", "1"));
        }

        return [.. names];
    }

    private static byte[] MakeArchive(int number)
    {
        Random random = new(number);
        TarBuilder tar = new TarBuilder().AddDirectory($"d{number}");
        for (int i = 0; i < 400; i++)
        {
            byte[] content = new byte[random.Next(40_000)];
            random.NextBytes(content);
            tar.AddFile($"d{number}/f{i}", content);
        }

        return tar.Build();
    }

    private static async Task ChangeAsync(CridDaemon daemon, string image, bool remove)
    {
        ImageSpec spec = new() { Image = image };
        if (remove)
        {
            await daemon.Images.RemoveImageAsync(new RemoveImageRequest { Image = spec });
        }

        await daemon.Images.PullImageAsync(new PullImageRequest { Image = spec });
    }

    private static async Task AssertSoundAsync(CridDaemon daemon)
    {
        // The command fails where a layer is damaged.
        string report = await LabProcess.RunAsync(Path.Combine(HostRequirements.BinDirectory, "crid"), "images", "verify", "--address", $"unix://{daemon.Socket}");
        Assert.Contains(" 0 damaged", report, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries($"{daemon.Root}/tmp"));
        Assert.StartsWith($"{Directory.GetDirectories($"{daemon.Root}/layers").Length} layers", report, StringComparison.Ordinal);
    }
}
