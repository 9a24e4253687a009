using System.Text;

namespace Crid.Core;

/// <summary>The name of a stack of layers: image-spec config.md, "Layer ChainID".</summary>
public readonly record struct ChainId(BlobDigest Digest)
{
    public string Value => Digest.Value;

    /// <summary>The chain id of each layer of a stack, bottom first.</summary>
    public static IReadOnlyList<ChainId> ForStack(IReadOnlyList<DiffId> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ChainId[] chain = new ChainId[layers.Count];
        for (int i = 0; i < chain.Length; i++)
        {
            chain[i] = i == 0
                ? new ChainId(layers[0].Digest)
                : new ChainId(BlobDigest.Of(Encoding.ASCII.GetBytes($"{chain[i - 1].Value} {layers[i].Value}")));
        }

        return chain;
    }

    public override string ToString() => Value;
}
