using Crid.Core;
using Crid.Oci;
using Microsoft.Extensions.Logging;

namespace Crid.Images;

/// <summary>Pulls images: resolve, manifest, config, all layers at once, record.</summary>
internal sealed class ImagePuller : IDisposable
{
    private const int MaxIndexDepth = 3;

    private readonly ImageCatalog _catalog;
    private readonly LayerStore _store;
    private readonly LayerStack _stack;
    private readonly RegistryOptions _options;
    private readonly RegistryHosts _hosts;
    private readonly SignaturePolicies _policies;
    private readonly RegistryTransport _transport;
    private readonly TokenCache _tokens;
    private readonly RangeLimits _ranges;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public ImagePuller(ImageCatalog catalog, LayerStore store, LayerStack stack, ImagesOptions options, TimeProvider time, ILogger logger)
    {
        _catalog = catalog;
        _store = store;
        _stack = stack;
        _options = options.Registry;
        _policies = new SignaturePolicies(options.SignaturePolicy, options.SignaturePolicyDirectory);
        _hosts = new RegistryHosts(options.Registry);
        _transport = new RegistryTransport(options.Registry);
        _tokens = new TokenCache(time);
        _ranges = new RangeLimits(options.Registry.ParallelRanges, options.Registry.ParallelFrom);
        _time = time;
        _logger = logger;
    }

    public async Task<Image> PullAsync(PullRequest request, PullTracker tracker, CancellationToken cancellationToken)
    {
        long started = _time.GetTimestamp();
        ImageReference reference = request.Reference;
        Repository repository = Open(request);
        ResolvedManifest resolved = await repository.ResolveAsync(cancellationToken);
        ImageReference[] names = reference.Digest is null ? [reference, reference.WithDigest(resolved.Digest)] : [reference.WithDigest(resolved.Digest)];

        // The manifest is asked for even when its image is here: only the registry knows whether these credentials may have it.
        byte[] document = await GetManifestAsync(repository, resolved, cancellationToken);
        if (await _policies.FindAsync(request.Namespace, cancellationToken) is { } policy)
        {
            SignatureVerifier verifier = new(policy, new CosignSignatures(repository));
            await verifier.CheckAsync(reference, [.. new[] { BlobDigest.Of(document), resolved.Digest }.Distinct()], cancellationToken);
        }

        ImageManifest manifest = ImageDocuments.ParseManifest(document);
        byte[] config = await GetConfigAsync(repository, manifest, cancellationToken);
        ImageContent content = ImageContent.From(manifest, document, config, repository.OpenBlob);
        tracker.Begin(content.Layers.Count, content.Layers.Sum(static layer => layer.Size));
        LayerRequest[] wanted = [.. content.Layers.Select(layer => layer with { Registry = reference.Registry })];
        IReadOnlyList<Layer> layers = await _stack.GetAsync(wanted, tracker, cancellationToken);
        try
        {
            Image image = await _catalog.AddAsync(content, layers, names);
            ImagesLog.Pulled(_logger, reference, image.Id.Value, layers.Count, image.Size, (long)_time.GetElapsedTime(started).TotalMilliseconds);
            return image;
        }
        finally
        {
            _store.Release(layers);
        }
    }

    public void Dispose() => _transport.Dispose();

    private Repository Open(PullRequest request)
    {
        ImageReference reference = request.Reference;
        IReadOnlyList<RegistryHost> hosts = _hosts.Resolve(reference.Registry);
        RegistryServices services = new(_transport, _tokens, _ranges, _options, _time);
        RegistryClient client = new(services, reference, request.Credentials, hosts);
        return new Repository(client, reference, services);
    }

    private static async Task<byte[]> GetManifestAsync(Repository repository, ResolvedManifest resolved, CancellationToken cancellationToken)
    {
        (byte[] document, string? mediaType) = resolved.Document is { } sent
            ? (sent, resolved.MediaType)
            : await repository.GetManifestAsync(resolved.Digest, cancellationToken);
        for (int depth = 0; ImageDocuments.IsIndex(document, mediaType); depth++)
        {
            if (depth == MaxIndexDepth)
            {
                throw CridException.InvalidArgument($"the image index is nested more than {MaxIndexDepth} deep");
            }

            Descriptor chosen = HostPlatform.Choose(ImageDocuments.ParseIndex(document));
            (document, mediaType) = await repository.GetManifestAsync(BlobDigest.Parse(chosen.Digest), cancellationToken);
            if (document.Length != chosen.Size)
            {
                throw CridException.InvalidArgument($"manifest {chosen.Digest} has {document.Length} bytes, its index says {chosen.Size}");
            }
        }

        return document;
    }

    private async Task<byte[]> GetConfigAsync(Repository repository, ImageManifest manifest, CancellationToken cancellationToken)
    {
        StoredImage? known = BlobDigest.TryParse(manifest.Config.Digest, out BlobDigest id) ? _catalog.Find(new ImageId(id)) : null;
        return known is { Manifest: null } ? known.Config : await repository.GetBlobAsync(manifest.Config, ImageDocuments.MaxConfigBytes, cancellationToken);
    }
}
