namespace Crid.Images;

/// <summary>What holds layers for containers; it has to be open before layers that nobody holds may be removed.</summary>
internal sealed record LayerHolders(OverlaySnapshots Snapshots, ImageVolumes Volumes);
