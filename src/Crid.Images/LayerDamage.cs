using Crid.Core;

namespace Crid.Images;

/// <summary>A layer on disk that is not what it should be.</summary>
/// <param name="Layer">Digest of its archive.</param>
/// <param name="Problem">The first difference.</param>
/// <param name="Images">The images that have it.</param>
/// <param name="Repaired">True where it was fetched again.</param>
/// <param name="RepairFailure">Why it was not, where that was tried.</param>
public sealed record LayerDamage(DiffId Layer, string Problem, IReadOnlyList<string> Images, bool Repaired = false, string? RepairFailure = null);
