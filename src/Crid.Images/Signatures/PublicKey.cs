using System.Security.Cryptography;
using Crid.Core;

namespace Crid.Images;

/// <summary>A key that verifies signatures over SHA-256: ECDSA in DER form as cosign makes them, or RSA with PKCS #1 padding.</summary>
internal sealed class PublicKey : IDisposable
{
    private readonly ECDsa? _ecdsa;
    private readonly RSA? _rsa;

    private PublicKey(ECDsa? ecdsa, RSA? rsa)
    {
        _ecdsa = ecdsa;
        _rsa = rsa;
    }

    /// <summary>The keys of a requirement, which the caller disposes.</summary>
    /// <exception cref="CridException">PermissionDenied with the reason SignatureValidationFailed: one can't be read, or is no such key.</exception>
    public static List<PublicKey> ReadAll(PolicyRequirement.Sigstore requirement) =>
        [.. requirement.KeyFiles.Select(ReadFile).Concat(requirement.Keys).Select(Parse)];

    /// <exception cref="CridException">PermissionDenied with the reason SignatureValidationFailed: not such a key.</exception>
    public static PublicKey Parse(string pem)
    {
        return TryImport(ECDsa.Create(), pem) is { } ecdsa ? new PublicKey(ecdsa, rsa: null)
            : TryImport(RSA.Create(), pem) is { } rsa ? new PublicKey(ecdsa: null, rsa)
            : throw SignatureFailure.Of("the policy names a key that is neither an ECDSA nor an RSA public key in PEM");
    }

    public bool Verifies(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        _ecdsa?.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
        ?? _rsa!.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    public void Dispose()
    {
        _ecdsa?.Dispose();
        _rsa?.Dispose();
    }

    private static string ReadFile(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw SignatureFailure.Of($"read key '{file}': {exception.Message}", exception);
        }
    }

    private static T? TryImport<T>(T key, string pem)
        where T : AsymmetricAlgorithm
    {
        try
        {
            key.ImportFromPem(pem);
            return key;
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException)
        {
            key.Dispose();
            return null;
        }
    }
}
