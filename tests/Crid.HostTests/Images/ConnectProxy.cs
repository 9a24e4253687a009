using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Crid.HostTests;

/// <summary>A proxy for HTTPS (CONNECT) that asks for a password and leads every connection to one registry, whatever name it is asked for.</summary>
internal sealed class ConnectProxy : IDisposable
{
    private const string User = "user";
    private const string Password = "p@ss";
    private const int MaxHeadBytes = 8 << 10;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _registry;

    public ConnectProxy(string registry)
    {
        _registry = IPEndPoint.Parse(registry);
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Url => $"http://{User}:{Uri.EscapeDataString(Password)}@{_listener.LocalEndpoint}";

    /// <summary>The first lines of requests that came without the password, and with it.</summary>
    public ConcurrentQueue<string> Refused { get; } = [];

    public ConcurrentQueue<string> Granted { get; } = [];

    /// <summary>The password as it is in URLs, and in headers.</summary>
    public static string[] Secrets => [Password, Uri.EscapeDataString(Password), Authorization];

    private static string Authorization => Convert.ToBase64String(Encoding.ASCII.GetBytes($"{User}:{Password}"));

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception exception) when (exception is ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient accepted)
    {
        using TcpClient client = accepted;
        NetworkStream stream = client.GetStream();
        string head = await ReadHeadAsync(stream);
        string first = head[..Math.Max(0, head.IndexOf('\r', StringComparison.Ordinal))];
        if (!head.Contains($"\r\nProxy-Authorization: Basic {Authorization}\r\n", StringComparison.OrdinalIgnoreCase))
        {
            Refused.Enqueue(first);
            await stream.WriteAsync(
                "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"tests\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
            return;
        }

        Granted.Enqueue(first);
        using TcpClient registry = new();
        await registry.ConnectAsync(_registry);
        await stream.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray());
        await Task.WhenAny(stream.CopyToAsync(registry.GetStream()), registry.GetStream().CopyToAsync(stream));
    }

    private static async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        byte[] one = new byte[1];
        StringBuilder head = new();
        while (head.Length < MaxHeadBytes && await stream.ReadAsync(one) == 1)
        {
            head.Append((char)one[0]);
            if (one[0] == (byte)'\n' && head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                break;
            }
        }

        return head.ToString();
    }
}
