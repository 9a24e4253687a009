namespace Crid.Pods;

/// <summary>Conditions that must all hold; null or empty means any.</summary>
public sealed record ContainerFilter(string? Id, string? SandboxId, ContainerState? State, IReadOnlyDictionary<string, string>? Labels);
