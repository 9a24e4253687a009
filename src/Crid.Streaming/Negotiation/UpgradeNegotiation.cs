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
    private const int SwitchingProtocols = 101;
    private const int BadRequest = 400;
    private const int Forbidden = 403;

    private static readonly string[] CommandSpdy = ["v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"];

    private static readonly string[] CommandWebSocket =
        ["v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "channel.k8s.io", "base64.channel.k8s.io"];

    private static readonly string[] PortSpdy = ["portforward.k8s.io"];

    private static readonly string[] PortWebSocket = [Tunnel, "v4.channel.k8s.io", "v4.base64.channel.k8s.io"];

    /// <summary>Decides about a request for exec or attach.</summary>
    public static UpgradeDecision ForRemoteCommand(UpgradeRequest request) => Decide(request, CommandSpdy, CommandWebSocket);

    /// <summary>Decides about a request for port-forward.</summary>
    public static UpgradeDecision ForPortForward(UpgradeRequest request) => Decide(request, PortSpdy, PortWebSocket);

    private static UpgradeDecision Decide(UpgradeRequest request, string[] spdy, string[] webSocket)
    {
        bool upgrades = Mentions(request.Connection, "upgrade");
        if (upgrades && Split(request.Upgrade).Contains("websocket", StringComparer.OrdinalIgnoreCase))
        {
            return DecideWebSocket(Split(request.WebSocketProtocols), webSocket);
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

    private static UpgradeDecision DecideWebSocket(List<string> offered, string[] known)
    {
        string? chosen = offered.Count == 0 ? "" : offered.Find(known.Contains);
        UpgradeKind kind = chosen == Tunnel ? UpgradeKind.SpdyTunnel : UpgradeKind.WebSocket;
        return chosen is null ? Refuse(Forbidden, "") : new UpgradeDecision(kind, chosen, SwitchingProtocols, "", []);
    }

    private static UpgradeDecision Refuse(int statusCode, string message) => new(UpgradeKind.Refused, "", statusCode, message, []);

    private static bool Mentions(IReadOnlyList<string> lines, string what) =>
        lines.Any(line => line.Contains(what, StringComparison.OrdinalIgnoreCase));

    private static List<string> Split(IReadOnlyList<string> lines) =>
        [.. lines.SelectMany(static line => line.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
}
