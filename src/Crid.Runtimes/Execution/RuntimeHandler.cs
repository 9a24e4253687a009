namespace Crid.Runtimes;

/// <summary>A handler as Status advertises it.</summary>
public sealed record RuntimeHandler(string Name, bool RecursiveReadOnlyMounts, bool UserNamespaces);
