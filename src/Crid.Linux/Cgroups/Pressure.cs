namespace Crid.Linux;

/// <summary>Pressure stall information: <paramref name="Some"/> for times when at least one task waited, <paramref name="Full"/> when all did.</summary>
public sealed record Pressure(PressureLine Some, PressureLine Full);
