namespace Crid.Runtimes;

/// <summary>The document of the default profile.</summary>
internal sealed record SeccompRules(IReadOnlyList<SeccompRule> Rules);
