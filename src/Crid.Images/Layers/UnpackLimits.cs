namespace Crid.Images;

/// <summary>What one layer may grow to, so that a small download can't fill the disk or the memory.</summary>
/// <param name="Bytes">Bytes of the uncompressed archive.</param>
/// <param name="Entries">Files, directories and links.</param>
/// <param name="WindowBytes">Memory for the windows of zstd decoders, all layers under way together, in whole MiB.</param>
public sealed record UnpackLimits(long Bytes = 64L << 30, long Entries = 2_000_000, long WindowBytes = 32 << 20);
