using Microsoft.Extensions.Logging;

namespace Crid.Daemon.Tests;

/// <summary>Keeps the ids of the events that were logged.</summary>
internal sealed class ListLogger : ILogger
{
    public List<int> Events { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Events.Add(eventId.Id);
}
