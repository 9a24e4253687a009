using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Crid.Runtimes.Tests;

/// <summary>Keeps what is logged.</summary>
internal sealed class FakeLogger : ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Message)> _messages = [];

    public IEnumerable<string> Warnings => _messages.Where(static message => message.Level == LogLevel.Warning).Select(static message => message.Message);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _messages.Enqueue((logLevel, formatter(state, exception)));
}
