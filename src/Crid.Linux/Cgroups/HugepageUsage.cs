namespace Crid.Linux;

/// <summary>Huge pages of one size in bytes.</summary>
/// <param name="PageSize">As in the names of the files, for example 2MB.</param>
/// <param name="Peak">Null on v2, which doesn't keep it.</param>
public sealed record HugepageUsage(string PageSize, ulong Usage, ulong? Peak);
