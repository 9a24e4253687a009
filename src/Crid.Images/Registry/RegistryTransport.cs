using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Crid.Core;

namespace Crid.Images;

/// <summary>HTTP connections to registries, pooled by the trust that their configuration asks for. Redirects are left to the caller.</summary>
internal sealed class RegistryTransport(RegistryOptions options) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<HttpMessageInvoker>> _invokers = new(StringComparer.Ordinal);

    /// <summary>The connections for a host with its TLS settings.</summary>
    public HttpMessageInvoker For(RegistryHost host) => Get(host.SkipVerify, host.CertificateAuthorities);

    /// <summary>The connections for servers that a registry points to, trusted as the system trusts.</summary>
    public HttpMessageInvoker ForOthers() => Get(skipVerify: false, []);

    public void Dispose()
    {
        foreach (Lazy<HttpMessageInvoker> invoker in _invokers.Values.Where(static invoker => invoker.IsValueCreated))
        {
            invoker.Value.Dispose();
        }
    }

    private HttpMessageInvoker Get(bool skipVerify, IReadOnlyList<string> authorities)
    {
        // Times are part of the key: a certificate that was replaced must count from the next pull on.
        string key = string.Join('\n', [skipVerify.ToString(), .. authorities.Select(static file => $"{file}@{File.GetLastWriteTimeUtc(file).Ticks}")]);
        return _invokers.GetOrAdd(key, _ => new Lazy<HttpMessageInvoker>(() => Create(skipVerify, authorities))).Value;
    }

    private HttpMessageInvoker Create(bool skipVerify, IReadOnlyList<string> authorities)
    {
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ConnectTimeout = options.ConnectTimeout,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            MaxResponseHeadersLength = 64,
        };
        if (skipVerify)
        {
#pragma warning disable CA5359 // The administrator wrote skip_verify for this registry.
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (authorities.Count > 0)
        {
            X509Certificate2Collection trusted = Load(authorities);
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(certificate, chain, errors, trusted);
        }

        return new HttpMessageInvoker(handler, disposeHandler: true);
    }

    private static X509Certificate2Collection Load(IReadOnlyList<string> authorities)
    {
        X509Certificate2Collection certificates = [];
        foreach (string file in authorities)
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
