namespace Crid.Daemon;

/// <summary>An event on its way to a line.</summary>
internal readonly ref struct LogEvent
{
    public required LogLevel Level { get; init; }

    public required string Category { get; init; }

    public required int EventId { get; init; }

    public required string Message { get; init; }

    /// <summary>The named values of the message's template; the template itself, under <c>{OriginalFormat}</c>, is skipped.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>>? Values { get; init; }

    public Exception? Exception { get; init; }
}
