using System.Buffers.Binary;
using System.Text;

namespace Crid.Streaming;

/// <summary>
/// Reads the header blocks of a connection: names and values, compressed. Every count and length is compared with the bytes that are there
/// before anything is allocated for it.
/// </summary>
internal sealed class SpdyHeaderReader
{
    /// <summary>What a block may expand to.</summary>
    public const int MaxBlock = 16 * 1024;

    public const int MaxHeaders = 64;

    private readonly SpdyInflater _inflater = new(MaxBlock);

    /// <summary>Reads one block. Names compare without case; of several values of a name the first counts.</summary>
    /// <exception cref="SpdyException">The block is malformed.</exception>
    public IReadOnlyDictionary<string, string> Read(ReadOnlySpan<byte> block)
    {
        ReadOnlySpan<byte> rest = _inflater.Inflate(block);
        uint count = TakeNumber(ref rest);
        if (count > MaxHeaders || count > rest.Length / (2 * sizeof(uint)))
        {
            throw new SpdyException($"a header block announces {count} headers");
        }

        Dictionary<string, string> headers = new((int)count, StringComparer.OrdinalIgnoreCase);
        for (uint i = 0; i < count; i++)
        {
            string name = Encoding.UTF8.GetString(TakeText(ref rest));
            ReadOnlySpan<byte> values = TakeText(ref rest);
            int separator = values.IndexOf((byte)0);
            string value = Encoding.UTF8.GetString(separator < 0 ? values : values[..separator]);
            if (name.Length == 0 || !headers.TryAdd(name, value))
            {
                throw new SpdyException("a header block has an empty or a repeated name");
            }
        }

        return rest.IsEmpty ? headers : throw new SpdyException("a header block is longer than its headers");
    }

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
