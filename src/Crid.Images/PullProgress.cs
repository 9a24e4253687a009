using Crid.Core;

namespace Crid.Images;

/// <summary>How far a pull is: layers done and compressed bytes received.</summary>
public sealed record PullProgress(ImageReference Reference, int LayersDone, int LayersTotal, long BytesReceived, long BytesTotal);
