using System.Net;

namespace Crid.Images;

/// <summary>HTTP connections to registries, pooled by what their configuration asks for. Redirects are left to the caller.</summary>
internal sealed class RegistryTransport(RegistryOptions options, IWebProxy? proxy = null) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (string Stamp, HttpMessageInvoker Invoker)> _pools = new(StringComparer.Ordinal);

    /// <summary>The connections for a host with its TLS settings.</summary>
    /// <exception cref="Core.CridException">FailedPrecondition: a certificate can't be read.</exception>
    public HttpMessageInvoker For(RegistryHost host)
    {
        RegistryTrust trust = new(host.SkipVerify, host.CertificateAuthorities, host.ClientCertificates);
        TimeSpan timeout = host.DialTimeout ?? options.ConnectTimeout;
        string key = $"{timeout.Ticks}\n{trust.Key}";
        string stamp = trust.GetStamp();
        lock (_lock)
        {
            // Certificates that were replaced count from the next request on; requests in flight keep the connections that they have.
            if (!_pools.TryGetValue(key, out (string Stamp, HttpMessageInvoker Invoker) pool) || pool.Stamp != stamp)
            {
                pool = _pools[key] = (stamp, Create(trust, timeout));
            }

            return pool.Invoker;
        }
    }

    /// <summary>
    /// The connections for servers that a host points to: its token server, and where it redirects to. The certificate authorities of the host count for
    /// them as well, since both are often of one private authority; what it is shown or spared is for it alone.
    /// </summary>
    /// <exception cref="Core.CridException">FailedPrecondition: a certificate can't be read.</exception>
    public HttpMessageInvoker ForOthers(RegistryHost host) =>
        For(new RegistryHost { BaseUrl = "https://others.invalid", CertificateAuthorities = host.CertificateAuthorities });

    public void Dispose()
    {
        foreach ((_, HttpMessageInvoker invoker) in _pools.Values)
        {
            invoker.Dispose();
        }
    }

    private HttpMessageInvoker Create(RegistryTrust trust, TimeSpan timeout)
    {
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = true,
            Proxy = proxy ?? RegistryProxy.FromEnvironment(options),
            ConnectTimeout = timeout,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            MaxResponseHeadersLength = 64,
        };
        trust.ApplyTo(handler.SslOptions);
        return new HttpMessageInvoker(handler, disposeHandler: true);
    }
}
