using Crid.Core;

namespace Crid.Images;

/// <summary>What all streams have in common that can only be read, from their beginning to their end.</summary>
internal abstract class ReadOnlyStream : ForwardStream
{
    public override bool CanRead => true;

    public abstract override int Read(Span<byte> buffer);

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
}
