namespace Crid.Linux;

/// <summary>Decompresses a stream piece by piece. Not for several threads at once.</summary>
public interface IStreamDecoder : IDisposable
{
    /// <summary>Decodes as much as both the input and the room for output allow.</summary>
    /// <exception cref="InvalidDataException">The input is damaged.</exception>
    DecodedPiece Decode(ReadOnlySpan<byte> input, Span<byte> output);

    /// <summary>The next input begins a new stream.</summary>
    void Reset();
}
