namespace Crid.Images;

/// <summary>How images are pulled and stored.</summary>
public sealed record ImagesOptions
{
    public RegistryOptions Registry { get; init; } = new();

    /// <summary>Names of images that garbage collection must leave alone, with <c>*</c> at either end for more than one.</summary>
    public IReadOnlyList<string> PinnedImages { get; init; } = [];

    /// <summary>A directory of archives and layouts that are imported at start; empty for none.</summary>
    public string PreloadDirectory { get; init; } = "";

    /// <summary>A file of the form of containers-policy.json(5); empty to accept images without a signature.</summary>
    public string SignaturePolicy { get; init; } = "";

    /// <summary>Directory of policies for single namespaces, <c>NAMESPACE.json</c>; empty for none.</summary>
    public string SignaturePolicyDirectory { get; init; } = "";

    public UnpackLimits Limits { get; init; } = new();

    /// <summary>How long finished layers of a pull that was interrupted or failed are kept for the next one; zero to remove them at once.</summary>
    public TimeSpan LayerGrace { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Layers that are downloaded and unpacked at the same time, over all pulls; a pull that has none of them gets one more. Each costs about 3 MB of buffers.</summary>
    public int ConcurrentLayers { get; init; } = 4;
}
