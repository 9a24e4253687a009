using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Crid.Testing;

/// <summary>A collector for tests: takes spans by OTLP over HTTP on the loopback and keeps them.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<ReceivedSpan> _spans = [];
    private readonly Task _receiving;

    public OtlpReceiver()
    {
        Endpoint = $"http://127.0.0.1:{FreePort()}";
        _listener.Prefixes.Add($"{Endpoint}/");
        _listener.Start();
        _receiving = ReceiveAsync();
    }

    public string Endpoint { get; }

    public IReadOnlyList<ReceivedSpan> Spans => [.. _spans];

    /// <summary>Attributes of the process that sent last.</summary>
    public IReadOnlyDictionary<string, string> Resource { get; private set; } = new Dictionary<string, string>();

    /// <summary>What it answers: 200 unless a test wants a failure.</summary>
    public int StatusCode { get; set; } = 200;

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _receiving;
        _listener.Close();
    }

    private async Task ReceiveAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using MemoryStream body = new();
            await context.Request.InputStream.CopyToAsync(body);
            bool isTraces = context.Request is { HttpMethod: "POST", ContentType: "application/x-protobuf", RawUrl: "/v1/traces" };
            context.Response.StatusCode = isTraces ? StatusCode : 404;
            if (isTraces && StatusCode == 200)
            {
                Keep(new ProtoReader(body.ToArray()));
            }

            context.Response.Close();
        }
    }

    private void Keep(ProtoReader request)
    {
        foreach (ProtoReader resourceSpans in request.Messages(1))
        {
            Resource = Attributes(resourceSpans.Messages(1).Single(), 1);
            foreach (ProtoReader span in resourceSpans.Messages(2).SelectMany(static scope => scope.Messages(2)))
            {
                _spans.Enqueue(ToSpan(span));
            }
        }
    }

    private static ReceivedSpan ToSpan(ProtoReader span) => new(
        Hex(span.Bytes(1)), Hex(span.Bytes(2)), Hex(span.Bytes(4)), span.Text(5), (long)span.Number(6), Attributes(span, 9))
    {
        Duration = TimeSpan.FromTicks((long)(span.Number(8) - span.Number(7)) / TimeSpan.NanosecondsPerTick),
        Status = (long)span.Messages(15).Single().Number(3),
    };

    private static Dictionary<string, string> Attributes(ProtoReader message, int field) => message.Messages(field).ToDictionary(
        static attribute => attribute.Text(1),
        static attribute => attribute.Messages(2).Single() is { } value && value.Bytes(1).Length > 0 ? value.Text(1) : attribute.Messages(2).Single().Number(3).ToString());

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private static int FreePort()
    {
        using TcpListener probe = new(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
