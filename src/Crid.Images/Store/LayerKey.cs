using Crid.Core;

namespace Crid.Images;

/// <summary>
/// How layers are addressed: by diff id where the directory is right in every stack, by chain id where it is only right above the layers it was
/// unpacked with.
/// </summary>
internal static class LayerKey
{
    public static string ForAnyStack(DiffId diffId) => diffId.Value;

    /// <summary>For a layer that is damaged: no pull finds it any more, those who have it keep it.</summary>
    public static string ForNobody(long number) => $"damaged:{number}";

    public static string ForOneStack(ChainId chainId) => $"chain:{chainId.Value}";
}
