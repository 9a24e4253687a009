namespace Crid.Streaming;

/// <summary>The answer to a request to upgrade.</summary>
/// <param name="Kind">What the connection becomes.</param>
/// <param name="Protocol">The protocol that was chosen; empty when refused, and for a WebSocket without one.</param>
/// <param name="StatusCode">The HTTP status of the answer.</param>
/// <param name="Message">The text of a refusal.</param>
/// <param name="Headers">Headers of the answer. Names may repeat.</param>
public sealed record UpgradeDecision(UpgradeKind Kind, string Protocol, int StatusCode, string Message, IReadOnlyList<KeyValuePair<string, string>> Headers);
