using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Crid.Core;
using Crid.Linux;
using Crid.Streaming;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.Daemon.Tests;

public sealed class StreamingServerTests : IDisposable
{
    private const string Head = "Host: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly EventLoop _loop = new();
    private readonly StreamingRequests _requests = new(TimeProvider.System);

    public void Dispose() => _loop.Dispose();

    [Fact]
    public async Task WebSocket_Command_HasItsStreamsAndStatus()
    {
        await using StreamingServer server = await StartAsync(new StreamingSection());
        using ClientWebSocket client = await ConnectAsync(AddEcho());

        await client.SendAsync("\0hello"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        await client.SendAsync(new byte[] { 255, 0 }, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);

        Assert.Equal(["\u0001", "\u0001hello"], [await ReceiveAsync(client), await ReceiveAsync(client)]);
        Assert.StartsWith("\u0003{\"status\":\"Failure\"", await ReceiveAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_TokenThatWasUsed_Is404()
    {
        await using StreamingServer server = await StartAsync(new StreamingSection());
        string path = new Uri(AddEcho()).AbsolutePath;

        Assert.StartsWith("HTTP/1.1 101 ", await AskAsync($"POST {path} HTTP/1.1\r\n{Head}\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404 ", await AskAsync($"POST {path} HTTP/1.1\r\n{Head}\r\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /exec/nothing HTTP/1.1", Head, 404)]
    [InlineData("GET / HTTP/1.1", Head, 404)]
    [InlineData("GET /attach/TOKEN HTTP/1.1", Head, 404)]
    [InlineData("PUT /exec/TOKEN HTTP/1.1", Head, 405)]
    [InlineData("GET /exec/TOKEN HTTP/1.1", "Host: x\r\n", 400)]
    [InlineData("POST /exec/TOKEN HTTP/1.1", Head + "Content-Length: 3\r\n", 400)]
    [InlineData("POST /exec/TOKEN HTTP/1.1", "Host: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v9\r\n", 403)]
    [InlineData("GET /exec/TOKEN HTTP/1.1", "Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n", 426)]
    [InlineData("GARBAGE", "", 400)]
    [InlineData("GET /exec/TOKEN HTTP/1.1", "Host: x\r\nBomb: BOMB\r\n", 431)]
    public async Task Request_ThatIsNotForAConnection_IsRefused(string line, string headers, int status)
    {
        await using StreamingServer server = await StartAsync(new StreamingSection());
        string token = AddEcho().Split('/')[^1];
        string request = $"{line}\r\n{headers}\r\n"
            .Replace("TOKEN", token, StringComparison.Ordinal)
            .Replace("BOMB", new string('x', 100_000), StringComparison.Ordinal);

        Assert.StartsWith($"HTTP/1.1 {status} ", await AskAsync(request), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_ThatSayNothing_HoldNobodyUp()
    {
        await using StreamingServer server = await StartAsync(new StreamingSection());
        List<TcpClient> silent = [];
        for (int i = 0; i < 200; i++)
        {
            silent.Add(await ConnectTcpAsync());
            await silent[^1].GetStream().WriteAsync("POST /exec/"u8.ToArray());
        }

        using ClientWebSocket client = await ConnectAsync(AddEcho());

        Assert.Equal("\u0001", await ReceiveAsync(client));
        silent.ForEach(static connection => connection.Dispose());
    }

    [Fact]
    public async Task Connections_BeyondTheLimit_AreRefused()
    {
        await using StreamingServer server = await StartAsync(new StreamingSection { MaxConnections = 1 });
        using ClientWebSocket first = await ConnectAsync(AddEcho());
        Assert.Equal("\u0001", await ReceiveAsync(first));

        string answer = await AskAsync($"POST {new Uri(AddEcho()).AbsolutePath} HTTP/1.1\r\n{Head}\r\n");
        Assert.StartsWith("HTTP/1.1 503 ", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("8003000100FFFFFF00000001")]
    [InlineData("80030001000000280000000100000000000078f9e3c6a7c2FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("000000000000000100")]
    [InlineData("8003000400000FF8FFFFFFFF0000")]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    public async Task Spdy_Garbage_EndsThatConnectionAlone(string hex)
    {
        await using StreamingServer server = await StartAsync(new StreamingSection());
        using ClientWebSocket other = await ConnectAsync(AddEcho());
        using TcpClient client = await ConnectTcpAsync();
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST {new Uri(AddEcho()).AbsolutePath} HTTP/1.1\r\n{Head}\r\n"));
        await stream.WriteAsync(Convert.FromHexString(hex));
        client.Client.Shutdown(SocketShutdown.Send);

        string answer = await ReadToEndAsync(stream);

        Assert.StartsWith("HTTP/1.1 101 ", answer, StringComparison.Ordinal);
        Assert.Equal("\u0001", await ReceiveAsync(other));
    }

    [Fact]
    public async Task Spdy_ThousandsOfStreamsAndHalfOpenConnections_DisturbNoOtherClient()
    {
        const int Streams = 5000;
        const int Accepted = 16;
        await using StreamingServer server = await StartAsync(new StreamingSection());
        using ClientWebSocket other = await ConnectAsync(AddEcho());
        Assert.Equal("\u0001", await ReceiveAsync(other));
        List<TcpClient> halfOpen = [];
        for (int i = 0; i < 100; i++)
        {
            halfOpen.Add(await UpgradeAsync());
        }

        halfOpen.ForEach(static connection => connection.Client.Shutdown(SocketShutdown.Send));
        using TcpClient flooding = await UpgradeAsync();
        Task<int> refused = CountResetsAsync(flooding.GetStream());
        Task flood = OpenStreamsAsync(flooding.GetStream(), Streams);
        for (int i = 0; i < 100; i++)
        {
            await other.SendAsync(Encoding.ASCII.GetBytes($"\0{i}"), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
            Assert.Equal($"\u0001{i}", await ReceiveAsync(other));
        }

        await flood.WaitAsync(Limit);
        Assert.Equal(Streams - Accepted, await refused.WaitAsync(Limit));
        halfOpen.ForEach(static connection => connection.Dispose());
    }

    [Fact]
    public async Task Client_ThatVanishes_CancelsItsCommand()
    {
        await using StreamingServer server = await StartAsync(new StreamingSection());
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        string url = _requests.Add(new CommandStreamingRequest(
            StreamingRequest.Exec,
            new RemoteCommandRequest(Stdin: true, Stdout: true, Stderr: false, Tty: false),
            async (_, client) =>
            {
                await using CancellationTokenRegistration registration = client.Register(cancelled.SetResult);
                started.SetResult();
                await Task.Delay(Timeout.Infinite, client);
                return RemoteCommandOutcome.Success;
            }));
        ClientWebSocket socket = await ConnectAsync(url);
        Assert.Equal("\u0001", await ReceiveAsync(socket));

        // A client that leaves before its command has begun gets none.
        await started.Task.WaitAsync(Limit);
        socket.Dispose();

        await cancelled.Task.WaitAsync(Limit);
    }

    [Fact]
    public async Task Transport_ClientThatLeavesWithInputUnread_IsNoticed()
    {
        StreamingTransport transport = new(_loop, TimeSpan.FromMilliseconds(10), TimeProvider.System);
        await using Microsoft.AspNetCore.Connections.IConnectionListener listener =
            await transport.BindAsync(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        using TcpClient client = new();
        await client.ConnectAsync((System.Net.IPEndPoint)listener.EndPoint);
        await using Microsoft.AspNetCore.Connections.ConnectionContext? connection = await listener.AcceptAsync();
        TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        connection!.ConnectionClosed.Register(closed.SetResult);
        await client.GetStream().WriteAsync(new byte[10_000]);

        client.Dispose();

        await closed.Task.WaitAsync(Limit);
    }

    [Fact]
    public async Task Dispose_RunningCommand_EndsIt()
    {
        StreamingServer server = await StartAsync(new StreamingSection());
        using ClientWebSocket client = await ConnectAsync(AddEcho());
        Assert.Equal("\u0001", await ReceiveAsync(client));

        await server.DisposeAsync().AsTask().WaitAsync(Limit);
    }

    [Fact]
    public async Task Tls_ClientCertificateRequired_RefusesOthers()
    {
        using TemporaryDirectory directory = new();
        (string certificate, string key) = WriteCertificate(directory.Path);
        StreamingSection options = new() { TlsCertificate = certificate, TlsKey = key, TlsClientCa = certificate };
        await using StreamingServer server = await StartAsync(options);
        string url = AddEcho();
        Assert.StartsWith("https://127.0.0.1:", url, StringComparison.Ordinal);

        using X509Certificate2 own = X509Certificate2.CreateFromPemFile(certificate, key);
        using ClientWebSocket trusted = await ConnectAsync(url, own);

        Assert.Equal("\u0001", await ReceiveAsync(trusted));
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using ClientWebSocket stranger = await ConnectAsync(AddEcho());
            await ReceiveAsync(stranger);
        });
    }

    [Fact]
    public async Task Start_PortThatIsTaken_SaysSo()
    {
        using TcpListener taken = new(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        int port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;

        CridException error = await Assert.ThrowsAsync<CridException>(() => StartAsync(new StreamingSection { Port = port }));

        Assert.Equal(ErrorKind.FailedPrecondition, error.Kind);
        Assert.Contains($"port {port}", error.Message, StringComparison.Ordinal);
    }

    private Task<StreamingServer> StartAsync(StreamingSection options) =>
        StreamingServer.StartAsync(options, _requests, _loop, TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);

    /// <summary>A command that sends its input back and exits with 3.</summary>
    private string AddEcho() => _requests.Add(new CommandStreamingRequest(
        StreamingRequest.Exec, new RemoteCommandRequest(Stdin: true, Stdout: true, Stderr: false, Tty: false), EchoAsync));

    private static async Task<RemoteCommandOutcome> EchoAsync(RemoteCommandSession session, CancellationToken cancellationToken)
    {
        await session.Stdin!.CopyToAsync(session.Stdout!, cancellationToken);
        return RemoteCommandOutcome.Exited(3);
    }

    [SuppressMessage("Security", "CA5359", Justification = "the certificate is the test's own")]
    private static async Task<ClientWebSocket> ConnectAsync(string url, X509Certificate2? certificate = null)
    {
        ClientWebSocket client = new();
        client.Options.AddSubProtocol("v5.channel.k8s.io");
        client.Options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        if (certificate is not null)
        {
            client.Options.ClientCertificates.Add(certificate);
        }

        await client.ConnectAsync(new Uri(url.Replace("http", "ws", StringComparison.Ordinal)), CancellationToken.None).WaitAsync(Limit);
        return client;
    }

    private static async Task<string> ReceiveAsync(ClientWebSocket client)
    {
        byte[] buffer = new byte[1000];
        ValueWebSocketReceiveResult result = await client.ReceiveAsync(buffer.AsMemory(), CancellationToken.None).AsTask().WaitAsync(Limit);
        return Encoding.UTF8.GetString(buffer, 0, result.Count);
    }

    private async Task<TcpClient> ConnectTcpAsync()
    {
        TcpClient client = new();
        await client.ConnectAsync(System.Net.IPAddress.Loopback, new Uri(_requests.BaseAddress).Port);
        return client;
    }

    /// <summary>A connection that has been upgraded to SPDY for a command, and of which nothing more has been read.</summary>
    private async Task<TcpClient> UpgradeAsync()
    {
        TcpClient client = await ConnectTcpAsync();
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST {new Uri(AddEcho()).AbsolutePath} HTTP/1.1\r\n{Head}\r\n"));
        StringBuilder answer = new();
        byte[] next = new byte[1];
        while (!answer.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(next).AsTask().WaitAsync(Limit);
            answer.Append((char)next[0]);
        }

        Assert.StartsWith("HTTP/1.1 101 ", answer.ToString(), StringComparison.Ordinal);
        return client;
    }

    /// <summary>Opens streams without headers, each in a stored block, and sends a ping behind them.</summary>
    private static async Task OpenStreamsAsync(NetworkStream stream, int count)
    {
        byte[] block = Convert.FromHexString("000400FBFF00000000");
        byte[] dictionary = Convert.FromHexString("78BBE3C6A7C2");
        for (int i = 0; i < count; i++)
        {
            byte[] headers = i == 0 ? [.. dictionary, .. block] : block;
            int id = 2 * i + 1;
            await stream.WriteAsync(
                (byte[])[0x80, 3, 0, 1, 0, 0, 0, (byte)(10 + headers.Length), 0, 0, (byte)(id >> 8), (byte)id, 0, 0, 0, 0, 0, 0, .. headers]);
        }

        await stream.WriteAsync(Convert.FromHexString("800300060000000400000001"));
    }

    /// <summary>How many streams the server resets before it answers a ping.</summary>
    private static async Task<int> CountResetsAsync(NetworkStream stream)
    {
        const int Reset = 3;
        const int Ping = 6;
        byte[] header = new byte[8];
        int resets = 0;
        do
        {
            await stream.ReadExactlyAsync(header);
            await stream.ReadExactlyAsync(new byte[header[5] << 16 | header[6] << 8 | header[7]]);
            resets += header[3] == Reset ? 1 : 0;
        }
        while (header[3] != Ping);

        return resets;
    }

    /// <summary>Sends a request, ends sending, and returns what comes back.</summary>
    private async Task<string> AskAsync(string request)
    {
        using TcpClient client = await ConnectTcpAsync();
        NetworkStream stream = client.GetStream();
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
            client.Client.Shutdown(SocketShutdown.Send);
        }
        catch (IOException)
        {
            // Refused before all of it was sent.
        }

        return await ReadToEndAsync(stream);
    }

    private static async Task<string> ReadToEndAsync(NetworkStream stream)
    {
        MemoryStream all = new();
        try
        {
            await stream.CopyToAsync(all).WaitAsync(Limit);
        }
        catch (IOException)
        {
            // A reset after the answer, because not all that was sent is read.
        }

        return Encoding.Latin1.GetString(all.ToArray());
    }

    private static (string Certificate, string Key) WriteCertificate(string directory)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        File.WriteAllText($"{directory}/tls.crt", certificate.ExportCertificatePem());
        File.WriteAllText($"{directory}/tls.key", key.ExportPkcs8PrivateKeyPem());
        return ($"{directory}/tls.crt", $"{directory}/tls.key");
    }
}
