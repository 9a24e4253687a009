namespace Crid.Images;

/// <summary>What a check of the store found.</summary>
/// <param name="Layers">Layers that were looked at.</param>
/// <param name="Unprovable">Those of them of which only the size could be checked: their archives can't be written again.</param>
/// <param name="Bytes">Bytes of archives that were compared.</param>
/// <param name="Damage">The layers that are not what they should be.</param>
public sealed record VerificationReport(int Layers, int Unprovable, long Bytes, IReadOnlyList<LayerDamage> Damage);
