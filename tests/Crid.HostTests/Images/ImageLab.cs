using Crid.Core;
using Crid.Images;
using Crid.Linux;
using Crid.State;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.HostTests;

/// <summary>An image service in the test's own process, beside Debian's registry.</summary>
internal sealed class ImageLab : IAsyncDisposable
{
    private readonly Database _database;

    private ImageLab(string directory, LabRegistry registry, Database database, ImageService images)
    {
        Directory = directory;
        Registry = registry;
        _database = database;
        Images = images;
    }

    public string Directory { get; }

    public LabRegistry Registry { get; }

    public ImageService Images { get; }

    public CridDirectories Directories => DirectoriesOf(Directory);

    public static async Task<ImageLab> StartAsync()
    {
        string directory = System.IO.Directory.CreateTempSubdirectory("crid-image-lab-").FullName;
        CridDirectories directories = DirectoriesOf(directory);
        System.IO.Directory.CreateDirectory(directories.Root);
        LabRegistry registry = await LabRegistry.StartAsync($"{directory}/registry");
        Database database = Database.Open(directories.Database);
        ImageService images = await ImageService.OpenAsync(directories, database, new ImagesOptions(), NullLoggerFactory.Instance, TimeProvider.System);
        return new ImageLab(directory, registry, database, images);
    }

    /// <summary>Pushes an image of these archives and pulls it.</summary>
    public async Task<Image> PushAndPullAsync(string name, params byte[][] archives)
    {
        return await PushAndPullAsync(name, Testing.TestImage.Create(archives));
    }

    /// <summary>Pushes an image or an artifact and pulls it.</summary>
    public async Task<Image> PushAndPullAsync(string name, Testing.TestImage image)
    {
        byte[][] layers = [.. image.Blobs.Values.Where(blob => !ReferenceEquals(blob, image.Config))];
        string reference = await Registry.PushAsync(new TestImage(image.Manifest, image.Config, layers), name, "1");
        return await Images.PullAsync(new PullRequest(ImageReference.Parse(reference), Credentials: null), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await Images.RetainAsync(_ => false, CancellationToken.None);
        await Images.DisposeAsync();
        await _database.DisposeAsync();
        await Registry.DisposeAsync();
        DirectoryTree.Remove(Directory);
    }

    private static CridDirectories DirectoriesOf(string directory) => new($"{directory}/lib", $"{directory}/run");
}
