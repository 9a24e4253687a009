namespace Crid.Pods;

/// <summary>Conditions that must all hold; null or empty means any.</summary>
public sealed record SandboxFilter(string? Id, SandboxState? State, IReadOnlyDictionary<string, string>? Labels);
