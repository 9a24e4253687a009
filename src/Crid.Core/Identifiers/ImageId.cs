namespace Crid.Core;

/// <summary>The id of an image: the digest of its config, or of an artifact: that of its manifest; with its algorithm prefix.</summary>
public readonly record struct ImageId(BlobDigest Digest)
{
    public string Value => Digest.Value;

    public static ImageId Parse(string text) => new(BlobDigest.Parse(text));

    public override string ToString() => Value;
}
