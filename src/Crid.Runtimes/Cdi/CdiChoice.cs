namespace Crid.Runtimes;

/// <summary>The device that a qualified name stands for, and another file of the same directory that claims the name as well.</summary>
internal sealed record CdiChoice(SourceFile<CdiDocument> File, CdiDevice Device, string? Rival);
