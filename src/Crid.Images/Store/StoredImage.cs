namespace Crid.Images;

/// <summary>An image of the catalog with the layers that it holds, bottom first.</summary>
/// <param name="Manifest">The manifest of an artifact; null for container images.</param>
internal sealed record StoredImage(Image Image, byte[] Config, byte[]? Manifest, IReadOnlyList<Layer> Layers);
