using System.Buffers;

namespace Crid.Daemon;

/// <summary>
/// Writes every event as one line with one write, at once: an event that was logged is not lost when the process is killed in the next moment.
/// </summary>
internal sealed class LineLoggerProvider : ILoggerProvider
{
    private const int KeptBufferBytes = 16 << 10;

    private readonly Stream _output;
    private readonly LogLineWriter _writer;
    private readonly TimeProvider _clock;
    private readonly bool _forJournal;
    private readonly Lock _lock = new();
    private ArrayBufferWriter<byte> _buffer = new(1024);

    /// <param name="forJournal">Lines begin with the priority that journald takes from them, and without the time, which it knows.</param>
    public LineLoggerProvider(Stream output, LogLineWriter writer, TimeProvider clock, bool forJournal)
    {
        _output = output;
        _writer = writer;
        _clock = clock;
        _forJournal = forJournal;
    }

    public ILogger CreateLogger(string categoryName) => new LineLogger(this, categoryName);

    public void Dispose() => _output.Dispose();

    private void Write(in LogEvent logEvent)
    {
        DateTimeOffset? time = _forJournal ? null : _clock.GetUtcNow();
        lock (_lock)
        {
            if (_forJournal)
            {
                _buffer.Write(JournalPriority(logEvent.Level));
            }

            _writer.Write(_buffer, time, logEvent);
            _buffer.Write("\n"u8);
            try
            {
                _output.Write(_buffer.WrittenSpan);
            }
            catch (IOException)
            {
                // Nobody reads the log any more; the daemon's work is not the worse for it.
            }

            if (_buffer.Capacity > KeptBufferBytes)
            {
                _buffer = new ArrayBufferWriter<byte>(1024);
            }
            else
            {
                _buffer.ResetWrittenCount();
            }
        }
    }

    /// <summary>The prefixes of sd-daemon(3).</summary>
    private static ReadOnlySpan<byte> JournalPriority(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "<7>"u8,
        LogLevel.Information => "<6>"u8,
        LogLevel.Warning => "<4>"u8,
        LogLevel.Error => "<3>"u8,
        _ => "<2>"u8,
    };

    private sealed class LineLogger(LineLoggerProvider provider, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            provider.Write(new LogEvent
            {
                Level = logLevel,
                Category = category,
                EventId = eventId.Id,
                Message = formatter(state, exception),
                Values = state as IReadOnlyList<KeyValuePair<string, object?>>,
                Exception = exception,
            });
        }
    }
}
