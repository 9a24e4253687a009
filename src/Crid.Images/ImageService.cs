using System.Collections.Concurrent;
using Crid.Core;
using Crid.State;
using Microsoft.Extensions.Logging;

namespace Crid.Images;

/// <summary>The images and snapshots of this node, over one layer store and one database.</summary>
public sealed class ImageService : IImages, IImageMaintenance, ISnapshots, IImageVolumes, IAsyncDisposable
{
    private readonly CridDirectories _directories;
    private readonly LayerStore _layers;
    private readonly ImageCatalog _catalog;
    private readonly OverlaySnapshots _snapshots;
    private readonly ImageVolumes _volumes;
    private readonly ImagePuller _puller;
    private readonly ImageImporter _importer;
    private readonly ImageExporter _exporter;
    private readonly StoreVerifier _verifier;
    private readonly PinnedImages _pinned;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _preload;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SharedOperations<PullRequest, Image> _pulls = new();
    private readonly ConcurrentDictionary<PullTracker, bool> _running = new();

    private ImageService(
        CridDirectories directories, LayerStore layers, ImageCatalog catalog, LayerHolders holders, ImagesOptions options, ILogger logger, TimeProvider time)
    {
        _directories = directories;
        _layers = layers;
        _catalog = catalog;
        (_snapshots, _volumes) = holders;
        LogDecoders(logger);
        _time = time;
        _logger = logger;
        LayerStack stack = new(new LayerFetcher(layers, options, time, logger), layers);
        _puller = new ImagePuller(catalog, layers, stack, options, time, logger);
        _importer = new ImageImporter(directories, catalog, layers, stack, options.Limits, logger);
        _exporter = new ImageExporter(layers, catalog);
        _verifier = new StoreVerifier(layers, catalog, logger);
        _pinned = new PinnedImages(options.PinnedImages);
        Preload preload = new(directories, _importer, logger);
        _preload = options.PreloadDirectory.Length > 0 ? Task.Run(() => preload.RunAsync(options.PreloadDirectory, _closing.Token)) : Task.CompletedTask;
    }

    /// <summary>Opens the store below the directories, makes it where there is none, and removes what interrupted operations left.</summary>
    public static async Task<ImageService> OpenAsync(
        CridDirectories directories, Database database, ImagesOptions options, ILoggerFactory loggers, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(directories);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(loggers);
        ILogger logger = loggers.CreateLogger("Crid.Images");
        LayerStore layers = await LayerStore.OpenAsync(directories, database, options.LayerGrace, logger, time);
        ImageCatalog catalog = await ImageCatalog.OpenAsync(database, layers, time);
        LayerHolders holders = new(
            await OverlaySnapshots.OpenAsync(directories, database, layers, catalog), await ImageVolumes.OpenAsync(directories, database, layers, catalog));
        await layers.CollectAsync();
        foreach (string problem in await SignaturePolicyCheck.FindProblemsAsync(options, CancellationToken.None))
        {
            ImagesLog.PolicyUnusable(logger, problem);
        }

        return new ImageService(directories, layers, catalog, holders, options, logger, time);
    }

    public IReadOnlyList<Image> List() => [.. _catalog.List().Select(_pinned.Apply)];

    public Image? Find(string idOrReference) => _catalog.Find(idOrReference)?.Image is Image image ? _pinned.Apply(image) : null;

    public Image Get(string idOrReference) => Find(idOrReference) ?? throw CridException.NotFound($"image '{idOrReference}' does not exist");

    public async Task<Image> PullAsync(PullRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return await _pulls.RunAsync(request, token => RunPullAsync(request, token), static image => image, cancellationToken);
    }

    public async Task RemoveAsync(string idOrReference, CancellationToken cancellationToken)
    {
        if (await _catalog.RemoveAsync(idOrReference) is { } image)
        {
            ImagesLog.Removed(_logger, image.Id.Value);

            // kubelet removes images when space runs out: what waits for a retry must not hold on to it.
            await _layers.CollectAllAsync();
        }
    }

    public Task<IReadOnlyList<Image>> ImportAsync(string path, CancellationToken cancellationToken) => _importer.ImportAsync(path, pin: false, cancellationToken);

    public Task<VerificationReport> VerifyAsync(bool repair, RegistryCredentials? credentials, CancellationToken cancellationToken)
    {
        Func<ImageReference, CancellationToken, Task>? pull = repair
            ? (reference, token) => PullAsync(new PullRequest(reference, credentials), token)
            : null;
        return _verifier.VerifyAsync(pull, cancellationToken);
    }

    public async Task ExportAsync(IReadOnlyList<string> images, string path, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(images);
        await _exporter.ExportAsync(images, path, cancellationToken);
        ImagesLog.Exported(_logger, string.Join(", ", images), path);
    }

    public FilesystemUsage GetUsage()
    {
        (ulong bytes, ulong inodes) = _layers.GetUsage();
        return new FilesystemUsage(_directories.Layers, bytes, inodes, _time.GetUtcNow());
    }

    public IReadOnlyList<PullProgress> ListPulls() => [.. _running.Keys.Select(static tracker => tracker.Current)];

    public Task PrepareAsync(ContainerId id, ImageId image, string mountpoint, SnapshotOwner? owner, string? label, CancellationToken cancellationToken) =>
        _snapshots.PrepareAsync(id, image, mountpoint, owner, label, cancellationToken);

    public Task RemoveAsync(ContainerId id, string mountpoint, CancellationToken cancellationToken) =>
        _snapshots.RemoveAsync(id, mountpoint, cancellationToken);

    public async Task RetainAsync(Func<ContainerId, bool> isLive, CancellationToken cancellationToken)
    {
        await _volumes.RetainAsync(isLive, cancellationToken);
        await _snapshots.RetainAsync(isLive, cancellationToken);
    }

    public Task<IReadOnlyList<string>> MountAsync(
        ContainerId id, IReadOnlyList<ImageVolume> volumes, SnapshotOwner? owner, string? label, CancellationToken cancellationToken) =>
        _volumes.MountAsync(id, volumes, owner, label, cancellationToken);

    public Task UnmountAsync(ContainerId id, CancellationToken cancellationToken) => _volumes.UnmountAsync(id, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _preload.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
        _puller.Dispose();
        _layers.Dispose();
    }

    private static void LogDecoders(ILogger logger)
    {
        foreach ((string compression, string decoder, string reason) in DecoderInUse.All)
        {
            if (reason.Length == 0)
            {
                ImagesLog.Decoder(logger, compression, decoder);
            }
            else
            {
                ImagesLog.SlowerDecoder(logger, compression, decoder, reason);
            }
        }
    }

    private async Task<Image> RunPullAsync(PullRequest request, CancellationToken cancellationToken)
    {
        PullTracker tracker = new(request.Reference);
        _running.TryAdd(tracker, true);
        ImagesMetrics.PullsInFlight.Add(1);
        using MeasuredWork work = MeasuredWork.Begin(ImagesMetrics.Pulls, "pull image");
        work.Note("crid.image.reference", request.Reference);
        try
        {
            Image image = await _puller.PullAsync(request, tracker, cancellationToken);
            work.Succeed();
            return image;
        }
        catch (Exception exception) when (LayerFailure.IsOfSpace(exception))
        {
            await _layers.CollectAllAsync();
            throw new CridException(ErrorKind.ResourceExhausted, $"pull '{request.Reference}': {exception.Message}", exception);
        }
        catch (CridException exception)
        {
            throw CridException.Wrap($"pull '{request.Reference}'", exception);
        }
        finally
        {
            _running.TryRemove(tracker, out _);
            ImagesMetrics.PullsInFlight.Add(-1);
            await _layers.CollectAsync();
        }
    }
}
