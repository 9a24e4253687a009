using System.Buffers;

namespace Crid.Cli;

/// <summary>Writes log lines as the program wrote them: stdout and stderr apart, pieces of a line joined.</summary>
/// <param name="prefix">In front of every line, for the output of several containers side by side; may be empty.</param>
internal sealed class LogPrinter(Stream output, Stream error, LogOptions options, ReadOnlyMemory<byte> prefix = default)
{
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private bool _outputContinues;
    private bool _errorContinues;

    /// <summary>Lines that are not in the CRI format are skipped, as kubelet does.</summary>
    public void Print(ReadOnlySpan<byte> line)
    {
        if (!LogLine.TryParse(line, out LogLine parsed) || (options.Since is DateTimeOffset since && parsed.Time() < since))
        {
            return;
        }

        ref bool continues = ref parsed.IsStandardError ? ref _errorContinues : ref _outputContinues;
        _buffer.ResetWrittenCount();
        if (!continues)
        {
            _buffer.Write(prefix.Span);
            if (options.Timestamps)
            {
                _buffer.Write(parsed.Timestamp);
                _buffer.Write(" "u8);
            }
        }

        _buffer.Write(parsed.Content);
        if (!parsed.IsPartial)
        {
            _buffer.Write("\n"u8);
        }

        continues = parsed.IsPartial;

        // One write for each line, so that containers that share a screen do not mix within a line.
        (parsed.IsStandardError ? error : output).Write(_buffer.WrittenSpan);
    }
}
