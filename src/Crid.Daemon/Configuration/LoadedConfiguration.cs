namespace Crid.Daemon;

/// <summary>The effective options, the files that were read, and where each value came from; keys without an origin have their default.</summary>
internal sealed record LoadedConfiguration(CridOptions Options, IReadOnlyList<string> Files, IReadOnlyDictionary<string, Origin> Origins);
