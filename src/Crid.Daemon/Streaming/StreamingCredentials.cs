using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Crid.Daemon;

/// <summary>Whom the streaming server is, and whose clients it takes: without authorities everybody's.</summary>
internal sealed record StreamingCredentials(X509Certificate2 Certificate, X509Certificate2Collection? ClientAuthorities)
{
    /// <exception cref="CryptographicException">A file holds no certificate, or the key of another one.</exception>
    public static StreamingCredentials Read(StreamingSection options)
    {
        X509Certificate2Collection? authorities = options.TlsClientCa.Length > 0 ? ReadAuthorities(options.TlsClientCa) : null;
        string? key = options.TlsKey.Length > 0 ? options.TlsKey : null;
        return new StreamingCredentials(X509Certificate2.CreateFromPemFile(options.TlsCertificate, key), authorities);
    }

    public bool Trusts(X509Certificate? client)
    {
        if (ClientAuthorities is null)
        {
            return true;
        }

        if (client is not X509Certificate2 certificate)
        {
            return false;
        }

        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(ClientAuthorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }

    private static X509Certificate2Collection ReadAuthorities(string file)
    {
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPemFile(file);
        return authorities.Count > 0 ? authorities : throw new CryptographicException($"'{file}' holds no certificate");
    }
}
