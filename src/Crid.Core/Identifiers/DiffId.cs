namespace Crid.Core;

/// <summary>The digest of a layer's uncompressed tar stream, as the image config lists it.</summary>
public readonly record struct DiffId(BlobDigest Digest)
{
    public string Value => Digest.Value;

    public static DiffId Parse(string text) => new(BlobDigest.Parse(text));

    public override string ToString() => Value;
}
