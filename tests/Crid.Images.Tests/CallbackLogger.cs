using Microsoft.Extensions.Logging;

namespace Crid.Images.Tests;

/// <summary>Calls back before the logging of a message that has a text in it goes on.</summary>
internal sealed class CallbackLogger(string text, Action callback) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("it has no providers");

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (formatter(state, exception).Contains(text, StringComparison.Ordinal))
        {
            callback();
        }
    }

    public void Dispose()
    {
        // It has nothing to end.
    }
}
