namespace Crid.Runtimes;

/// <summary>The identity of a container within its sandbox.</summary>
public sealed record ContainerMetadata(string Name, uint Attempt);
