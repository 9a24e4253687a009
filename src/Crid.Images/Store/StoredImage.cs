namespace Crid.Images;

/// <summary>An image of the catalog with the layers that it holds, bottom first.</summary>
internal sealed record StoredImage(Image Image, byte[] Config, IReadOnlyList<Layer> Layers);
