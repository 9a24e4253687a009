using Crid.Api;

namespace Crid.HostTests;

/// <summary>The verbs with which an operator looks after images, as they are typed.</summary>
public sealed class ImageVerbsTests
{
    [Fact]
    public async Task Images_VerifyRepairExportImportPin_DoWhatTheySay()
    {
        HostRequirements.Require("/usr/bin/docker-registry");
        await using CridDaemon daemon = await CridDaemon.StartAsync(
            dropIn: static daemon => $"[images]\npinned = [\"127.0.0.1:*\"]\npreload_directory = \"{daemon.Directory}/preload\"\n");
        await using LabRegistry registry = await LabRegistry.StartAsync($"{daemon.Directory}/registry");
        string image = await registry.PushAsync(TestImage.Busybox(), "verbs", "1");
        await daemon.Images.PullImageAsync(new PullImageRequest { Image = new ImageSpec { Image = image } });

        Assert.Contains(" 0 damaged", await RunAsync(daemon, "images", "verify"), StringComparison.Ordinal);
        string file = Directory.GetFiles($"{daemon.Root}/layers", "busybox", SearchOption.AllDirectories)[0];
        await File.AppendAllTextAsync(file, "damage");
        Exception damaged = await Assert.ThrowsAnyAsync<Exception>(() => RunAsync(daemon, "images", "verify"));
        string repaired = await RunAsync(daemon, "images", "verify", "--repair");
        string again = await RunAsync(daemon, "images", "verify");

        Assert.Contains("1 damaged", damaged.Message, StringComparison.Ordinal);
        Assert.Contains("fetched again", repaired, StringComparison.Ordinal);
        Assert.Contains(" 0 damaged", again, StringComparison.Ordinal);
        Assert.True((await FindAsync(daemon, image))!.Pinned);

        // What is exported is imported again, by hand and at start.
        string archive = $"{daemon.Directory}/image.tar";
        Assert.Equal(archive, (await RunAsync(daemon, "images", "export", archive, image)).Trim());
        await RemoveAsync(daemon, image);
        await RunAsync(daemon, "images", "import", archive);
        Assert.NotNull(await FindAsync(daemon, image));
        await RemoveAsync(daemon, image);
        await daemon.TerminateAsync();
        Directory.CreateDirectory($"{daemon.Directory}/preload");
        File.Move(archive, $"{daemon.Directory}/preload/image.tar");
        await daemon.LaunchAsync();

        await Eventually.TrueAsync(async () => await FindAsync(daemon, image) is { Pinned: true }, "the image was imported at start");
        Assert.Contains(" 0 damaged", await RunAsync(daemon, "images", "verify"), StringComparison.Ordinal);
    }

    private static async Task<Image?> FindAsync(CridDaemon daemon, string image) =>
        (await daemon.Images.ImageStatusAsync(new ImageStatusRequest { Image = new ImageSpec { Image = image } })).Image;

    private static async Task RemoveAsync(CridDaemon daemon, string image)
    {
        await daemon.Images.RemoveImageAsync(new RemoveImageRequest { Image = new ImageSpec { Image = image } });
        Assert.Null(await FindAsync(daemon, image));
    }

    private static Task<string> RunAsync(CridDaemon daemon, params string[] arguments) =>
        LabProcess.RunAsync(Path.Combine(HostRequirements.BinDirectory, "crid"), [.. arguments, "--address", $"unix://{daemon.Socket}"]);
}
