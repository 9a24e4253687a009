using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Crid.Streaming;

/// <summary>
/// Chooses how a connection is upgraded: WebSocket where the client asks for it, otherwise SPDY/3.1. The first protocol in the client's order that
/// is known wins.
/// </summary>
public static class UpgradeNegotiation
{
    /// <summary>The subprotocol of SPDY within a WebSocket.</summary>
    public const string Tunnel = "SPDY/3.1+portforward.k8s.io";

    private const string Spdy = "SPDY/3.1";
    private const string ProtocolHeader = "X-Stream-Protocol-Version";
    private const string AcceptedHeader = "X-Accepted-Stream-Protocol-Versions";
    private const string VersionHeader = "Sec-WebSocket-Version";
    private const string WebSocketVersion = "13";
    private const int KeyBytes = 16;
    private const int SwitchingProtocols = 101;
    private const int BadRequest = 400;
    private const int Forbidden = 403;
    private const int UpgradeRequired = 426;

    private static readonly string[] CommandSpdy = ["v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"];

    private static readonly string[] CommandWebSocket =
        ["v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "channel.k8s.io", "base64.channel.k8s.io"];

    private static readonly string[] PortSpdy = ["portforward.k8s.io"];

    private static readonly string[] PortWebSocket = [Tunnel, "v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io"];

    /// <summary>Decides about a request for exec or attach.</summary>
    public static UpgradeDecision ForRemoteCommand(UpgradeRequest request) => Decide(request, CommandSpdy, CommandWebSocket);

    /// <summary>Decides about a request for port-forward.</summary>
    public static UpgradeDecision ForPortForward(UpgradeRequest request) => Decide(request, PortSpdy, PortWebSocket);

    private static UpgradeDecision Decide(UpgradeRequest request, string[] spdy, string[] webSocket)
    {
        bool upgrades = Mentions(request.Connection, "upgrade");
        if (upgrades && Split(request.Upgrade).Contains("websocket", StringComparer.OrdinalIgnoreCase))
        {
            return DecideWebSocket(request, webSocket);
        }

        List<string> offered = Split(request.StreamProtocols);
        if (offered.Count == 0)
        {
            return Refuse(BadRequest, $"the header {ProtocolHeader} is missing");
        }

        string? chosen = offered.Find(spdy.Contains);
        if (chosen is null)
        {
            string known = string.Join(", ", spdy);
            return Refuse(Forbidden, $"none of the offered protocols is supported; supported are {known}") with
            {
                Headers = [.. spdy.Select(static name => KeyValuePair.Create(AcceptedHeader, name))],
            };
        }

        return upgrades && Mentions(request.Upgrade, Spdy)
            ? new UpgradeDecision(UpgradeKind.Spdy, chosen, SwitchingProtocols, "", [new("Connection", "Upgrade"), new("Upgrade", Spdy), new(ProtocolHeader, chosen)])
            : Refuse(BadRequest, $"the request must upgrade the connection to {Spdy} or to a WebSocket");
    }

    private static UpgradeDecision DecideWebSocket(UpgradeRequest request, string[] known)
    {
        if (!Split(request.WebSocketVersions).Contains(WebSocketVersion))
        {
            return Refuse(UpgradeRequired, $"only version {WebSocketVersion} of WebSocket is spoken") with
            {
                Headers = [KeyValuePair.Create(VersionHeader, WebSocketVersion)],
            };
        }

        if (request.WebSocketKeys is not [string key] || !IsKey(key))
        {
            return Refuse(BadRequest, "the request must have one key of a WebSocket");
        }

        List<string> offered = Split(request.WebSocketProtocols);
        string? chosen = offered.Count == 0 ? "" : offered.Find(known.Contains);
        if (chosen is null)
        {
            return Refuse(Forbidden, "");
        }

        List<KeyValuePair<string, string>> headers = [new("Connection", "Upgrade"), new("Upgrade", "websocket"), new("Sec-WebSocket-Accept", AnswerTo(key))];
        if (chosen.Length > 0)
        {
            headers.Add(new("Sec-WebSocket-Protocol", chosen));
        }

        return new UpgradeDecision(chosen == Tunnel ? UpgradeKind.SpdyTunnel : UpgradeKind.WebSocket, chosen, SwitchingProtocols, "", headers);
    }

    private static bool IsKey(string key) => Base64.IsValid(key, out int length) && length == KeyBytes;

    // RFC 6455, section 4.2.2; the hash shows that the server speaks the protocol, and protects nothing.
    [SuppressMessage("Security", "CA5350", Justification = "the protocol prescribes SHA-1, and nothing secret is hashed")]
    private static string AnswerTo(string key) =>
        Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key.Trim() + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));

    private static UpgradeDecision Refuse(int statusCode, string message) => new(UpgradeKind.Refused, "", statusCode, message, []);

    private static bool Mentions(IReadOnlyList<string> lines, string what) =>
        lines.Any(line => line.Contains(what, StringComparison.OrdinalIgnoreCase));

    private static List<string> Split(IReadOnlyList<string> lines) =>
        [.. lines.SelectMany(static line => line.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
}
