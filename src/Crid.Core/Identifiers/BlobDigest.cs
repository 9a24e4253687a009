using System.Security.Cryptography;

namespace Crid.Core;

/// <summary>The digest of a blob as a registry names it: <c>sha256:</c> and 64 lower-case hexadecimal characters.</summary>
/// <remarks>OCI image-spec, descriptor.md. Other algorithms of the grammar are refused: no registry serves them alone.</remarks>
public readonly record struct BlobDigest
{
    public const string Algorithm = "sha256";
    private const string Prefix = Algorithm + ":";

    private BlobDigest(string value) => Value = value;

    public string Value { get; }

    public string Hex => Value[Prefix.Length..];

    /// <exception cref="CridException">InvalidArgument: not a sha256 digest.</exception>
    public static BlobDigest Parse(string text) =>
        TryParse(text, out BlobDigest digest) ? digest : throw CridException.InvalidArgument($"'{text}' is not a sha256 digest");

    public static bool TryParse(string? text, out BlobDigest digest)
    {
        bool valid = text is not null && text.StartsWith(Prefix, StringComparison.Ordinal) && HexId.IsValid(text.AsSpan(Prefix.Length));
        digest = valid ? new BlobDigest(text!) : default;
        return valid;
    }

    public static BlobDigest FromHash(ReadOnlySpan<byte> sha256) => new(Prefix + Convert.ToHexStringLower(sha256));

    public static BlobDigest Of(ReadOnlySpan<byte> content) => FromHash(SHA256.HashData(content));

    public override string ToString() => Value;
}
