using System.Buffers.Text;
using System.Text;

namespace Crid.Cli;

/// <summary>One line of a CRI log file: <c>TIMESTAMP stdout|stderr P|F[:more tags] CONTENT</c>.</summary>
internal readonly ref struct LogLine
{
    /// <summary>As written, RFC 3339.</summary>
    public required ReadOnlySpan<byte> Timestamp { get; init; }

    public required bool IsStandardError { get; init; }

    /// <summary>The program has not ended this line here: the next piece continues it.</summary>
    public required bool IsPartial { get; init; }

    public required ReadOnlySpan<byte> Content { get; init; }

    /// <param name="line">Without the line feed.</param>
    public static bool TryParse(ReadOnlySpan<byte> line, out LogLine parsed)
    {
        parsed = default;
        int afterTime = line.IndexOf((byte)' ');
        if (afterTime <= 0)
        {
            return false;
        }

        ReadOnlySpan<byte> rest = line[(afterTime + 1)..];
        bool isError = rest.StartsWith("stderr "u8);
        if (!isError && !rest.StartsWith("stdout "u8))
        {
            return false;
        }

        rest = rest["stdout ".Length..];
        int afterTags = rest.IndexOf((byte)' ');
        ReadOnlySpan<byte> tags = afterTags < 0 ? rest : rest[..afterTags];
        if (tags.IsEmpty || tags[0] is not ((byte)'P' or (byte)'F'))
        {
            return false;
        }

        parsed = new LogLine
        {
            Timestamp = line[..afterTime],
            IsStandardError = isError,
            IsPartial = tags[0] == (byte)'P',
            Content = afterTags < 0 ? [] : rest[(afterTags + 1)..],
        };
        return true;
    }

    /// <summary>The time as a number, or null where it does not follow RFC 3339.</summary>
    public DateTimeOffset? Time() =>
        Utf8Parser.TryParse(Timestamp, out DateTimeOffset time, out int used, 'O') && used == Timestamp.Length
            ? time
            : DateTimeOffset.TryParse(Encoding.ASCII.GetString(Timestamp), out time) ? time : null;
}
