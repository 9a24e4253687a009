namespace Crid.Daemon;

/// <summary>What a person is told of a key.</summary>
internal sealed record OptionDescription(string Name, string TypeDescription, string Text);
