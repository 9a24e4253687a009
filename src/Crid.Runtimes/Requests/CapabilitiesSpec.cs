namespace Crid.Runtimes;

/// <summary>Changes to the default capabilities; names as sent, with or without CAP_, ALL special.</summary>
public sealed record CapabilitiesSpec(IReadOnlyList<string> Add, IReadOnlyList<string> Drop, IReadOnlyList<string> AddAmbient);
