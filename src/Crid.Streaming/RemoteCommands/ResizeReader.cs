using System.Text.Json;
using System.Threading.Channels;
using Crid.Core;

namespace Crid.Streaming;

/// <summary>
/// Reads the sizes of a terminal out of JSON objects that follow each other, <c>{"Width":80,"Height":24}</c>, in pieces of any length. What
/// is not such an object is skipped up to its closing brace; sizes with a zero are skipped.
/// </summary>
internal sealed class ResizeReader
{
    private const int MaxObject = 256;
    private const int MaxWaiting = 4;

    private readonly Channel<TerminalSize> _sizes = Channel.CreateBounded<TerminalSize>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleWriter = true });

    private readonly byte[] _object = new byte[MaxObject];
    private int _length;
    private bool _tooLong;

    public ChannelReader<TerminalSize> Sizes => _sizes.Reader;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int brace = bytes.IndexOf((byte)'}');
            ReadOnlySpan<byte> part = brace < 0 ? bytes : bytes[..(brace + 1)];
            bytes = bytes[part.Length..];
            Collect(part);
            if (brace >= 0)
            {
                Publish();
            }
        }
    }

    public void Complete() => _sizes.Writer.TryComplete();

    /// <summary>Reads a stream of resizes to its end; a lost connection ends it as well.</summary>
    public async Task PumpAsync(Stream input)
    {
        byte[] buffer = new byte[MaxObject];
        try
        {
            int count;
            while ((count = await input.ReadAsync(buffer)) > 0)
            {
                Append(buffer.AsSpan(0, count));
            }
        }
        catch (IOException)
        {
            // Whoever serves the session learns about the lost client in its own way.
        }

        Complete();
    }

    private void Collect(ReadOnlySpan<byte> part)
    {
        _tooLong |= part.Length > MaxObject - _length;
        if (!_tooLong)
        {
            part.CopyTo(_object.AsSpan(_length));
            _length += part.Length;
        }
    }

    private void Publish()
    {
        if (!_tooLong && TryParse(_object.AsSpan(0, _length), out TerminalSize size))
        {
            _sizes.Writer.TryWrite(size);
        }

        _length = 0;
        _tooLong = false;
    }

    private static bool TryParse(ReadOnlySpan<byte> json, out TerminalSize size)
    {
        ushort width = 0;
        ushort height = 0;
        Utf8JsonReader reader = new(json);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName)
                {
                    continue;
                }

                bool isWidth = reader.ValueTextEquals("Width"u8);
                bool isHeight = reader.ValueTextEquals("Height"u8);
                if (reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetUInt16(out ushort value))
                {
                    width = isWidth ? value : width;
                    height = isHeight ? value : height;
                }
            }
        }
        catch (JsonException)
        {
            // Not an object of this kind: there is no size in it.
        }

        size = new TerminalSize(width, height);
        return width != 0 && height != 0;
    }
}
