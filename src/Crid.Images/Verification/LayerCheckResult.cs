namespace Crid.Images;

/// <summary>What the check of a layer found.</summary>
/// <param name="Problem">What is wrong; null for nothing.</param>
/// <param name="IsProvable">False where only the number of files could be compared.</param>
/// <param name="Bytes">Bytes of its archive.</param>
internal sealed record LayerCheckResult(string? Problem, bool IsProvable, long Bytes);
