namespace Crid.Runtimes;

/// <summary>Edits and the device that brings them, by its qualified name.</summary>
internal sealed record CdiDeviceEdits(string Device, CdiEdits Edits);
