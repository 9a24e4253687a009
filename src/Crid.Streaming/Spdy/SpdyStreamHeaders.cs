namespace Crid.Streaming;

/// <summary>
/// What a client says of a stream, as far as anybody asks for it. Streams keep this as long as they are open, so it has a bound: at most two
/// texts of <see cref="SpdyHeaderReader.MaxValue"/> bytes.
/// </summary>
/// <param name="Type">What the stream is for; empty where the client does not say.</param>
/// <param name="Port">1 to 65535; 0 where the client names none or something else.</param>
/// <param name="RequestId">What the two streams of a forwarded connection have in common; null where the client sends none.</param>
/// <param name="IsTooLong">Whether one of them was longer than that and is left out; such a stream is refused.</param>
internal sealed record SpdyStreamHeaders(string Type, int Port, string? RequestId, bool IsTooLong);
