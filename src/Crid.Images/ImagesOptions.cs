namespace Crid.Images;

/// <summary>How images are pulled and stored.</summary>
public sealed record ImagesOptions
{
    public RegistryOptions Registry { get; init; } = new();

    public UnpackLimits Limits { get; init; } = new();

    /// <summary>Layers that are downloaded and unpacked at the same time, over all pulls. Each costs about 3 MB of buffers.</summary>
    public int ConcurrentLayers { get; init; } = 4;
}
