using System.Buffers.Text;

namespace Crid.Keeper;

/// <summary>
/// Turns raw output into lines of the CRI log: <c>TIME STREAM P|F CONTENT LF</c>. The caller gives it a place for the lines; a batch has
/// one time. Nothing is allocated.
/// </summary>
internal struct LineFormatter
{
    /// <summary>Time, blank, "stdout" or "stderr", blank, tag, blank.</summary>
    internal const int PrefixLength = TimeLength + 10;

    private const int TimeLength = 30;
    private const int TagPosition = PrefixLength - 2;

    private PrefixBytes _prefix;

    internal LineFormatter(OutputKind kind)
    {
        Span<byte> prefix = _prefix;
        prefix.Fill((byte)' ');
        (kind == OutputKind.Stdout ? "stdout"u8 : "stderr"u8).CopyTo(prefix[(TimeLength + 1)..]);
        "0000-00-00T00:00:00.000000000Z"u8.CopyTo(prefix);
    }

    /// <summary>Sets the time of the lines that follow: UTC, always nine digits of the second.</summary>
    internal void SetTime(DateTimeOffset time)
    {
        Span<byte> prefix = _prefix;
        Utf8Formatter.TryFormat(time.UtcDateTime, prefix, out _, 'O');
        // 'O' gives seven digits and the Z.
        "00Z"u8.CopyTo(prefix[(TimeLength - 3)..]);
    }

    /// <summary>
    /// Formats as many whole lines of <paramref name="input"/> as fit, and pieces of <paramref name="limit"/> bytes of longer ones.
    /// </summary>
    /// <param name="consumed">Bytes of the input that are done with; the rest is to be offered again with what follows it.</param>
    /// <returns>Bytes written to the output.</returns>
    internal int Format(ReadOnlySpan<byte> input, Span<byte> output, int limit, out int consumed)
    {
        consumed = 0;
        int written = 0;
        while (consumed < input.Length)
        {
            ReadOnlySpan<byte> rest = input[consumed..];
            int end = rest[..Math.Min(rest.Length, limit + 1)].IndexOf((byte)'\n');
            if (end < 0 && rest.Length <= limit)
            {
                break;
            }

            bool full = end >= 0;
            int length = full ? end : limit;
            if (output.Length - written < PrefixLength + length + 1)
            {
                break;
            }

            written += Write(rest[..length], full, output[written..]);
            consumed += full ? length + 1 : length;
        }

        return written;
    }

    /// <summary>Formats the end of a stream, which no newline has ended.</summary>
    internal int FormatRest(ReadOnlySpan<byte> rest, Span<byte> output) => Write(rest, full: false, output);

    private int Write(ReadOnlySpan<byte> content, bool full, Span<byte> output)
    {
        Span<byte> prefix = _prefix;
        prefix[TagPosition] = full ? (byte)'F' : (byte)'P';
        prefix.CopyTo(output);
        content.CopyTo(output[PrefixLength..]);
        output[PrefixLength + content.Length] = (byte)'\n';
        return PrefixLength + content.Length + 1;
    }

    [System.Runtime.CompilerServices.InlineArray(PrefixLength)]
    private struct PrefixBytes
    {
        private byte _first;
    }
}
