namespace Crid.Runtimes;

/// <summary>A CDI device as it is listed.</summary>
/// <param name="Name"><c>vendor/class=device</c></param>
/// <param name="Path">The file that it is from.</param>
/// <param name="Rival">Another file of the same directory that claims the name, so that no container gets the device; null where there is none.</param>
public sealed record CdiInventoryDevice(string Name, string Path, string? Rival);
