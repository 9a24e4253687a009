namespace Crid.Runtimes;

/// <summary>The CDI devices that containers may ask for now.</summary>
/// <param name="Directories">Where they are looked for; a later one wins.</param>
/// <param name="Devices">By name.</param>
/// <param name="UnusableFiles">Files that have none, each with what is wrong with it.</param>
public sealed record CdiInventory(
    IReadOnlyList<string> Directories, IReadOnlyList<CdiInventoryDevice> Devices, IReadOnlyList<(string Path, string Problem)> UnusableFiles);
