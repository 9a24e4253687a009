namespace Crid.Daemon;

/// <summary>What a person is told of a key.</summary>
/// <param name="IsLive">Whether a change takes effect in a running daemon.</param>
internal sealed record OptionDescription(string Name, string TypeDescription, string Text, bool IsLive);
