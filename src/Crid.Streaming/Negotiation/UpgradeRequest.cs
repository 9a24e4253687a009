namespace Crid.Streaming;

/// <summary>The headers of a request that matter for its upgrade, each with its lines as they came; a line may hold several values.</summary>
public sealed record UpgradeRequest
{
    public IReadOnlyList<string> Connection { get; init; } = [];

    public IReadOnlyList<string> Upgrade { get; init; } = [];

    /// <summary>The lines of <c>X-Stream-Protocol-Version</c>, which SPDY clients send.</summary>
    public IReadOnlyList<string> StreamProtocols { get; init; } = [];

    /// <summary>The lines of <c>Sec-WebSocket-Protocol</c>.</summary>
    public IReadOnlyList<string> WebSocketProtocols { get; init; } = [];

    /// <summary>The lines of <c>Sec-WebSocket-Version</c>.</summary>
    public IReadOnlyList<string> WebSocketVersions { get; init; } = [];

    /// <summary>The lines of <c>Sec-WebSocket-Key</c>.</summary>
    public IReadOnlyList<string> WebSocketKeys { get; init; } = [];
}
