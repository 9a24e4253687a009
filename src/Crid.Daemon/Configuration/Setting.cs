using Tomlyn.Syntax;

namespace Crid.Daemon;

/// <summary>A value that a file gives to a key, or, without a value, a table that it opens.</summary>
internal sealed record Setting(IReadOnlyList<string> Path, ValueSyntax? Value, Origin Origin);
