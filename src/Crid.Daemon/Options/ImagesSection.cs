namespace Crid.Daemon;

/// <summary>The table <c>[images]</c>.</summary>
internal sealed record ImagesSection
{
    public int ConcurrentLayers { get; init; } = 4;

    public IReadOnlyList<string> Pinned { get; init; } = [];

    public string PreloadDirectory { get; init; } = "";

    public TimeSpan LayerGrace { get; init; } = TimeSpan.FromHours(1);

    public string SignaturePolicy { get; init; } = "";

    public string SignaturePolicyDirectory { get; init; } = "";

    public long MaxLayerBytes { get; init; } = 64L << 30;

    public long MaxLayerEntries { get; init; } = 2_000_000;

    public int ZstdMemoryMib { get; init; } = 32;
}
