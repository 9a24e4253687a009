using Crid.Core;
using Crid.Linux;
using Crid.State;
using Crid.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.Images.Tests;

/// <summary>An image service over directories of the test's own, and a registry to pull from.</summary>
internal sealed class ImageStoreFixture : IAsyncDisposable
{
    private readonly string _root;
    private Database? _database;

    private ImageStoreFixture(string root) => _root = root;

    public TestRegistry Registry { get; } = new();

    public CridDirectories Directories => new($"{_root}/lib", $"{_root}/run");

    public ImagesOptions Options { get; init; } = new();

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Gets what the store logs from its next start on.</summary>
    public ILoggerFactory Loggers { get; set; } = NullLoggerFactory.Instance;

    public ImageService Images { get; private set; } = null!;

    public string Root => _root;

    public static Task<ImageStoreFixture> StartAsync(ImagesOptions? options = null, TimeProvider? time = null) => StartAsync(_ => options ?? new ImagesOptions(), time);

    /// <summary>Starts with options that name files below the fixture's root.</summary>
    public static async Task<ImageStoreFixture> StartAsync(Func<string, ImagesOptions> options, TimeProvider? time = null)
    {
        string root = Directory.CreateTempSubdirectory("crid-images-").FullName;
        ImageStoreFixture fixture = new(root)
        {
            Options = options(root) with { Registry = new RegistryOptions { CertsDirectory = "/nonexistent", RetryDelay = TimeSpan.FromMilliseconds(1) } },
            Time = time ?? TimeProvider.System,
        };
        await fixture.RestartAsync();
        return fixture;
    }

    /// <summary>Opens the store again, as a new process would.</summary>
    public async Task RestartAsync(RegistryOptions? registry = null)
    {
        await CloseAsync();
        Directory.CreateDirectory(Directories.Root);
        _database = Database.Open(Directories.Database);
        ImagesOptions options = registry is null ? Options : Options with { Registry = registry };
        Images = await ImageService.OpenAsync(Directories, _database, options, Loggers, Time);
    }

    public ImageReference Reference(string name) => ImageReference.Parse($"{Registry.Address}/{name}");

    public Task<Image> PullAsync(string name, RegistryCredentials? credentials = null, CancellationToken cancellationToken = default) =>
        Images.PullAsync(new PullRequest(Reference(name), credentials), cancellationToken);

    /// <summary>The directory of a layer of an image, 0 for the bottom.</summary>
    public string[] LayerDirectories() => [.. Directory.GetDirectories(Directories.Layers).OrderBy(static path => int.Parse(Path.GetFileName(path))).Select(static path => path + "/fs")];

    public string[] TemporaryFiles() => Directory.GetFileSystemEntries(Directories.Temporary);

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Registry.Dispose();
        DirectoryTree.Remove(_root);
    }

    /// <summary>Closes the store, as the end of a process would.</summary>
    public async Task CloseAsync()
    {
        if (Images is not null)
        {
            await Images.DisposeAsync();
            Images = null!;
        }

        if (_database is not null)
        {
            await _database.DisposeAsync();
            _database = null;
        }
    }
}
