using Crid.Core;

namespace Crid.Images;

/// <summary>An image that a container has as a volume.</summary>
/// <param name="Image">The image.</param>
/// <param name="SubPath">The directory of the image that is the volume; empty for its root. Links in it stay within the image.</param>
public sealed record ImageVolume(ImageId Image, string SubPath)
{
    /// <summary>The typed reason of the CRI for volumes that can't be mounted.</summary>
    public const string MountFailed = "ImageVolumeMountFailed";
}
