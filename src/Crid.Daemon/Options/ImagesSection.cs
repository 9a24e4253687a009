namespace Crid.Daemon;

/// <summary>The table <c>[images]</c>.</summary>
internal sealed record ImagesSection
{
    public int MaxConcurrentDownloads { get; init; } = 6;
}
