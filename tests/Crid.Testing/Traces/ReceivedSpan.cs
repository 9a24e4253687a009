namespace Crid.Testing;

/// <summary>A span as a collector gets it; ids are hexadecimal, and empty where there is no parent.</summary>
public sealed record ReceivedSpan(string TraceId, string SpanId, string ParentId, string Name, long Kind, IReadOnlyDictionary<string, string> Attributes)
{
    public TimeSpan Duration { get; init; }

    /// <summary>1: OK, 2: an error.</summary>
    public long Status { get; init; }
}
