using Crid.Api;

namespace Crid.HostTests;

/// <summary>A registry with a busybox image and a crid, shared by the tests of a class.</summary>
public sealed class PodFixture : IAsyncLifetime
{
    private string _directory = "";

    internal LabRegistry Registry { get; private set; } = null!;

    internal CridDaemon Daemon { get; private set; } = null!;

    /// <summary>The reference of the image in the registry; it is pulled already.</summary>
    internal string Image { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        HostRequirements.Require("/usr/bin/docker-registry", "/bin/busybox");
        _directory = Directory.CreateTempSubdirectory("crid-registry-").FullName;
        Registry = await LabRegistry.StartAsync(_directory);
        Image = await Registry.PushAsync(TestImage.Busybox(), "test/busybox", "1");
        Daemon = await CridDaemon.StartAsync();
        await Daemon.Images.PullImageAsync(new PullImageRequest { Image = new ImageSpec { Image = Image } });
    }

    public async ValueTask DisposeAsync()
    {
        if (Daemon is not null)
        {
            await Daemon.DisposeAsync();
        }

        if (Registry is not null)
        {
            await Registry.DisposeAsync();
        }

        if (_directory.Length > 0)
        {
            Directory.Delete(_directory, recursive: true);
        }
    }
}
