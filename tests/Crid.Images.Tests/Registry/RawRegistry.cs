using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Crid.Core;
using Crid.Testing;

namespace Crid.Images.Tests;

/// <summary>A registry that answers over bare sockets, so that a test decides about every byte of an answer.</summary>
internal sealed class RawRegistry : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TestImage _image;
    private readonly CancellationTokenSource _stop = new();
    private int _requests;

    public RawRegistry(TestImage image)
    {
        _image = image;
        _listener.Start();
        Address = _listener.LocalEndpoint.ToString()!;
        _ = AcceptAsync();
    }

    public string Address { get; }

    public int Requests => Volatile.Read(ref _requests);

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
            using NetworkStream stream = new(socket, ownsSocket: true);
            while (await ReadHeadAsync(stream, cancellationToken) is { } head)
            {
                Interlocked.Increment(ref _requests);
                string line = head.Split(" HTTP/", 2)[0];
                if (!await MakeAnswer(line, head).SendAsync(stream, cancellationToken))
                {
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The client has left, or the test is over.
        }
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

    private static async Task<string?> ReadHeadAsync(NetworkStream stream, CancellationToken cancellationToken)
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
