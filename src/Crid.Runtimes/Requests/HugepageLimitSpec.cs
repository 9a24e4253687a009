namespace Crid.Runtimes;

/// <summary>A limit in bytes for one huge page size, for example <c>2MB</c>.</summary>
public sealed record HugepageLimitSpec(string PageSize, ulong Limit);
