using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Crid.Core;
using Crid.Testing;

namespace Crid.Images.Tests;

/// <summary>A registry that answers over bare sockets, so that a test decides about every byte of an answer.</summary>
internal sealed class RawRegistry : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TestImage _image;
    private readonly X509Certificate2? _certificate;
    private readonly CancellationTokenSource _stop = new();
    private int _requests;

    /// <param name="image">What every name means.</param>
    /// <param name="certificate">To speak TLS with, and to ask clients for theirs; null for plain HTTP.</param>
    public RawRegistry(TestImage image, X509Certificate2? certificate = null)
    {
        _image = image;
        _certificate = certificate;
        _listener.Start();
        Address = _listener.LocalEndpoint.ToString()!;
        _ = AcceptAsync();
    }

    public string Address { get; }

    public int Requests => Volatile.Read(ref _requests);

    /// <summary>True once a client has shown a certificate.</summary>
    public bool IsClientKnown { get; private set; }

    /// <summary>Gets the head of each request.</summary>
    public Action<string>? OnHead { get; set; }

    /// <summary>Replaces the answer to a request (<c>GET /v2/...</c>); the answer that would be right is passed along.</summary>
    public Func<string, byte[], RawAnswer> Mischief { get; set; } = static (_, answer) => new RawAnswer(answer);

    /// <summary>As <see cref="Mischief"/>, for requests of ranges, whose header is passed along (<c>bytes=0-99</c>).</summary>
    public Func<string, string, byte[], RawAnswer>? RangeMischief { get; set; }

    /// <summary>An answer with a status line, headers and a body.</summary>
    public static byte[] Format(string status, byte[] body, params string[] headers)
    {
        string head = string.Join("\r\n", [$"HTTP/1.1 {status}", $"Content-Length: {body.Length}", .. headers, "", ""]);
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Socket socket = await _listener.AcceptSocketAsync(_stop.Token);
                _ = ServeAsync(socket, _stop.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket socket, CancellationToken cancellationToken)
    {
        try
        {
            using NetworkStream connection = new(socket, ownsSocket: true);
            using Stream stream = await SecureAsync(connection, cancellationToken);
            while (await ReadHeadAsync(stream, cancellationToken) is { } head)
            {
                Interlocked.Increment(ref _requests);
                OnHead?.Invoke(head);
                string line = head.Split(" HTTP/", 2)[0];
                if (!await MakeAnswer(line, head).SendAsync(stream, cancellationToken))
                {
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException or AuthenticationException)
        {
            // The client has left, or the test is over.
        }
    }

    private async Task<Stream> SecureAsync(NetworkStream connection, CancellationToken cancellationToken)
    {
        if (_certificate is null)
        {
            return connection;
        }

        SslStream secure = new(connection, leaveInnerStreamOpen: true);
        SslServerAuthenticationOptions options = new()
        {
            ServerCertificate = _certificate,
            ClientCertificateRequired = true,
#pragma warning disable CA5359 // A client may show any certificate, or none: tests ask which it was.
            RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
        };
        await secure.AuthenticateAsServerAsync(options, cancellationToken);
        IsClientKnown |= secure.RemoteCertificate is not null;
        return secure;
    }

    private RawAnswer MakeAnswer(string line, string head)
    {
        byte[] answer = Answer(line, head);
        return RangeMischief is not null && FindRange(head) is { } range ? RangeMischief(line, range, answer) : Mischief(line, answer);
    }

    private byte[] Answer(string line, string head)
    {
        string name = line.Split('/')[^1];
        bool isHead = line.StartsWith("HEAD ", StringComparison.Ordinal);
        if (line.Contains("/manifests/", StringComparison.Ordinal))
        {
            byte[] answer = Format("200 OK", _image.Manifest, $"Content-Type: {TestImage.ManifestType}", $"Docker-Content-Digest: {_image.Digest.Value}");
            return isHead ? answer[..^_image.Manifest.Length] : answer;
        }

        byte[] blob = _image.Blobs.GetValueOrDefault(BlobDigest.TryParse(name, out BlobDigest digest) ? digest : default, []);
        if (FindRange(head)?["bytes=".Length..].Split('-') is not { } range)
        {
            return Format("200 OK", blob);
        }

        int from = int.Parse(range[0], CultureInfo.InvariantCulture);
        int to = range[1].Length == 0 ? blob.Length - 1 : Math.Min(blob.Length - 1, int.Parse(range[1], CultureInfo.InvariantCulture));
        return Format("206 Partial Content", blob[from..(to + 1)], $"Content-Range: bytes {from}-{to}/{blob.Length}");
    }

    private static string? FindRange(string head) =>
        head.Split("\r\n").FirstOrDefault(static line => line.StartsWith("Range: ", StringComparison.OrdinalIgnoreCase))?["Range: ".Length..];

    private static async Task<string?> ReadHeadAsync(Stream stream, CancellationToken cancellationToken)
    {
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (await stream.ReadAsync(one, cancellationToken) == 1)
        {
            head.Append((char)one[0]);
            if (head.Length >= 4 && head.ToString(head.Length - 4, 4) == "\r\n\r\n")
            {
                return head.ToString();
            }
        }

        return null;
    }
}
