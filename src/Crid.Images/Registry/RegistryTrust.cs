using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Crid.Core;

namespace Crid.Images;

/// <summary>Whose certificates a host may show, and which crid shows to it.</summary>
internal sealed record RegistryTrust(bool SkipVerify, IReadOnlyList<string> Authorities, IReadOnlyList<ClientCertificate> Clients)
{
    private IEnumerable<string> Files =>
        [.. Authorities, .. Clients.Select(static client => client.CertificateFile), .. Clients.Select(static client => client.KeyFile).OfType<string>()];

    /// <summary>Equal for equal settings.</summary>
    public string Key => string.Join('\n', [SkipVerify.ToString(), .. Authorities, "", .. Clients.Select(static client => $"{client.CertificateFile} {client.KeyFile}")]);

    /// <summary>Changes when one of the files does.</summary>
    public string GetStamp() => string.Join(' ', Files.Select(static file => File.GetLastWriteTimeUtc(file).Ticks.ToString(CultureInfo.InvariantCulture)));

    /// <exception cref="CridException">FailedPrecondition: a certificate can't be read.</exception>
    public void ApplyTo(SslClientAuthenticationOptions options)
    {
        if (Clients.Count > 0)
        {
            options.ClientCertificates = [.. Clients.Select(Load)];
        }

        if (SkipVerify)
        {
#pragma warning disable CA5359 // The administrator wrote skip_verify for this registry.
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (Authorities.Count > 0)
        {
            X509Certificate2Collection trusted = LoadAuthorities();
            options.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(certificate, chain, errors, trusted);
        }
    }

    private X509Certificate2Collection LoadAuthorities()
    {
        X509Certificate2Collection certificates = [];
        foreach (string file in Authorities)
        {
            try
            {
                certificates.ImportFromPemFile(file);
            }
            catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
            {
                throw new CridException(ErrorKind.FailedPrecondition, $"read certificate authority '{file}': {exception.Message}", exception);
            }
        }

        return certificates;
    }

    private static X509Certificate2 Load(ClientCertificate client)
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(client.CertificateFile, client.KeyFile);
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new CridException(ErrorKind.FailedPrecondition, $"read client certificate '{client.CertificateFile}': {exception.Message}", exception);
        }
    }

    // Where the system does not trust the chain, the registry's own authorities decide; a wrong name is never accepted.
    private static bool IsTrusted(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, X509Certificate2Collection trusted)
    {
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is null)
        {
            return errors == SslPolicyErrors.None;
        }

        using X509Chain custom = new();
        custom.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        custom.ChainPolicy.CustomTrustStore.AddRange(trusted);
        custom.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (X509ChainElement element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            custom.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(certificate.Export(X509ContentType.Cert));
        return custom.Build(leaf);
    }
}
