using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Crid.Streaming;

/// <summary>
/// Reads the header blocks of a connection: names and values, compressed. Every count and length is compared with the bytes that are there,
/// and nothing is allocated for headers that nobody asks for.
/// </summary>
internal sealed class SpdyHeaderReader
{
    /// <summary>What a block may expand to; clients send three headers, and those that know SPDY only as HTTP five more: some 200 bytes.</summary>
    public const int MaxBlock = 4 * 1024;

    /// <summary>Bytes of a value that is kept; the longest that clients mean is a number or a short word.</summary>
    public const int MaxValue = 64;

    private readonly SpdyInflater _inflater = new(MaxBlock);

    /// <summary>Reads one block. Names compare without case; of several values of a name the first counts.</summary>
    /// <exception cref="SpdyException">The block is malformed.</exception>
    public SpdyStreamHeaders Read(ReadOnlySpan<byte> block)
    {
        ReadOnlySpan<byte> rest = _inflater.Inflate(block);
        uint count = TakeNumber(ref rest);
        if (count > rest.Length / (2 * sizeof(uint)))
        {
            throw new SpdyException($"a header block announces {count} headers");
        }

        string? type = null;
        string? port = null;
        string? requestId = null;
        bool isTooLong = false;
        for (uint i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> name = TakeText(ref rest);
            ReadOnlySpan<byte> value = FirstOf(TakeText(ref rest));
            if (name.IsEmpty)
            {
                throw new SpdyException("a header block has an empty name");
            }

            if (Ascii.EqualsIgnoreCase(name, "streamtype"u8))
            {
                isTooLong |= !TryKeep(value, ref type);
            }
            else if (Ascii.EqualsIgnoreCase(name, "port"u8))
            {
                isTooLong |= !TryKeep(value, ref port);
            }
            else if (Ascii.EqualsIgnoreCase(name, "requestid"u8))
            {
                isTooLong |= !TryKeep(value, ref requestId);
            }
        }

        return rest.IsEmpty
            ? new SpdyStreamHeaders(type ?? "", ParsePort(port), requestId, isTooLong)
            : throw new SpdyException("a header block is longer than its headers");
    }

    private static ReadOnlySpan<byte> FirstOf(ReadOnlySpan<byte> values)
    {
        int separator = values.IndexOf((byte)0);
        return separator < 0 ? values : values[..separator];
    }

    /// <returns>False where the value is longer than <see cref="MaxValue"/>.</returns>
    private static bool TryKeep(ReadOnlySpan<byte> value, ref string? kept)
    {
        if (kept is not null)
        {
            throw new SpdyException("a header block has a repeated name");
        }

        bool fits = value.Length <= MaxValue;
        kept = fits ? Encoding.UTF8.GetString(value) : "";
        return fits;
    }

    private static int ParsePort(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= ushort.MaxValue ? port : 0;

    private static ReadOnlySpan<byte> TakeText(ref ReadOnlySpan<byte> rest)
    {
        uint length = TakeNumber(ref rest);
        if (length > rest.Length)
        {
            throw new SpdyException("a header is longer than its block");
        }

        ReadOnlySpan<byte> text = rest[..(int)length];
        rest = rest[(int)length..];
        return text;
    }

    private static uint TakeNumber(ref ReadOnlySpan<byte> rest)
    {
        if (!BinaryPrimitives.TryReadUInt32BigEndian(rest, out uint number))
        {
            throw new SpdyException("a header block is cut short");
        }

        rest = rest[sizeof(uint)..];
        return number;
    }
}
