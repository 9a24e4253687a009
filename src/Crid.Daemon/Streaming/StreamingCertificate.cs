using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using Crid.Core;
using Crid.Linux;

namespace Crid.Daemon;

/// <summary>
/// The certificate of the streaming server and the authorities of its clients, read again when their files have changed: written in place, or
/// reached through a link that leads elsewhere now, as in a directory that Kubernetes mounts for a secret.
/// </summary>
internal sealed class StreamingCertificate : IDisposable
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(10);

    private readonly StreamingSection _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private StreamingCredentials _credentials;
    private FileStatus?[] _files;
    private long _checked;

    private StreamingCertificate(StreamingSection options, TimeProvider time, ILogger logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
        _checked = time.GetTimestamp();
        _files = FindFiles();
        _credentials = StreamingCredentials.Read(options);
    }

    /// <summary>How the next connection is protected. Only HTTP/1.1 is offered: HTTP/2 has no Upgrade.</summary>
    public SslServerAuthenticationOptions ServerOptions
    {
        get
        {
            StreamingCredentials credentials = Current();
            return new SslServerAuthenticationOptions
            {
                ServerCertificateSelectionCallback = (_, _) => credentials.Certificate,
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ApplicationProtocols = [SslApplicationProtocol.Http11],
                ClientCertificateRequired = credentials.ClientAuthorities is not null,
                RemoteCertificateValidationCallback = (_, certificate, _, _) => credentials.Trusts(certificate),
            };
        }
    }

    /// <summary>Null where no certificate is configured: clients connect without TLS.</summary>
    /// <exception cref="CridException">FailedPrecondition: a file can't be read or is no certificate.</exception>
    public static StreamingCertificate? Open(StreamingSection options, TimeProvider time, ILogger logger)
    {
        try
        {
            return options.TlsCertificate.Length > 0 ? new StreamingCertificate(options, time, logger) : null;
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            throw new CridException(ErrorKind.FailedPrecondition, $"read the certificate of the streaming server: {exception.Message}", exception);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _credentials.Certificate.Dispose();
        }
    }

    /// <summary>Certificates of nodes live for days and are renewed under way. What can't be read does not replace what was read before.</summary>
    private StreamingCredentials Current()
    {
        lock (_lock)
        {
            if (_time.GetElapsedTime(_checked) >= CheckInterval)
            {
                _checked = _time.GetTimestamp();
                ReadIfChanged();
            }

            return _credentials;
        }
    }

    private void ReadIfChanged()
    {
        try
        {
            // Before the content: what is written while it is read is found by the next look.
            FileStatus?[] files = FindFiles();
            if (!files.SequenceEqual(_files))
            {
                // Handshakes in flight may still use the old certificate, which the collector frees.
                _credentials = StreamingCredentials.Read(_options);
                _files = files;
            }
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            // Also where only half of it is written yet; the next look finds the rest.
            DaemonLog.CertificateNotRead(_logger, exception.Message);
        }
    }

    private FileStatus?[] FindFiles() =>
        [.. new[] { _options.TlsCertificate, _options.TlsKey, _options.TlsClientCa }.Where(static file => file.Length > 0).Select(FileMetadata.FindTargetStatus)];

    private static bool IsUnreadable(Exception exception) => exception is IOException or CryptographicException or UnauthorizedAccessException or LinuxException;
}
