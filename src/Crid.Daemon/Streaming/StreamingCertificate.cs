using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Crid.Core;

namespace Crid.Daemon;

/// <summary>The certificate of the streaming server, read again when its file has changed, and who may connect to it.</summary>
internal sealed class StreamingCertificate : IDisposable
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(10);

    private readonly StreamingSection _options;
    private readonly TimeProvider _time;
    private readonly X509Certificate2Collection? _clientAuthorities;
    private readonly Lock _lock = new();
    private X509Certificate2 _certificate;
    private DateTime _written;
    private long _checked;

    private StreamingCertificate(StreamingSection options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _checked = time.GetTimestamp();
        _written = File.GetLastWriteTimeUtc(options.TlsCertificate);
        _certificate = Read(options);
        if (options.TlsClientCa.Length > 0)
        {
            _clientAuthorities = [];
            _clientAuthorities.ImportFromPemFile(options.TlsClientCa);
        }
    }

    /// <summary>How a connection is protected. Only HTTP/1.1 is offered: HTTP/2 has no Upgrade.</summary>
    public SslServerAuthenticationOptions ServerOptions => new()
    {
        ServerCertificateSelectionCallback = (_, _) => Current(),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = [SslApplicationProtocol.Http11],
        ClientCertificateRequired = _clientAuthorities is not null,
        RemoteCertificateValidationCallback = (_, certificate, _, _) => _clientAuthorities is null || (certificate is X509Certificate2 own && IsTrusted(own)),
    };

    /// <summary>Null where no certificate is configured: clients connect without TLS.</summary>
    /// <exception cref="CridException">FailedPrecondition: a file can't be read or is no certificate.</exception>
    public static StreamingCertificate? Open(StreamingSection options, TimeProvider time)
    {
        try
        {
            return options.TlsCertificate.Length > 0 ? new StreamingCertificate(options, time) : null;
        }
        catch (Exception exception) when (exception is IOException or CryptographicException or UnauthorizedAccessException)
        {
            throw new CridException(ErrorKind.FailedPrecondition, $"read the certificate of the streaming server: {exception.Message}", exception);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _certificate.Dispose();
        }
    }

    /// <summary>Certificates of nodes live for days and are renewed in place. One that can't be read does not replace the old one.</summary>
    private X509Certificate2 Current()
    {
        lock (_lock)
        {
            if (_time.GetElapsedTime(_checked) < CheckInterval)
            {
                return _certificate;
            }

            _checked = _time.GetTimestamp();
            try
            {
                DateTime written = File.GetLastWriteTimeUtc(_options.TlsCertificate);
                if (written != _written)
                {
                    // Handshakes in flight may still use the old one, which the collector frees.
                    _certificate = Read(_options);
                    _written = written;
                }
            }
            catch (Exception exception) when (exception is IOException or CryptographicException or UnauthorizedAccessException)
            {
                // Written half; the next look finds the rest.
                return _certificate;
            }

            return _certificate;
        }
    }

    private static X509Certificate2 Read(StreamingSection options) =>
        X509Certificate2.CreateFromPemFile(options.TlsCertificate, options.TlsKey.Length > 0 ? options.TlsKey : null);

    private bool IsTrusted(X509Certificate2 certificate)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_clientAuthorities!);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }
}
