using Crid.Core;

namespace Crid.Images;

/// <summary>Takes bytes and keeps nothing but their number.</summary>
internal sealed class CountingStream : ForwardStream
{
    public long Bytes { get; private set; }

    public override bool CanWrite => true;

    public override long Length => Bytes;

    public override long Position
    {
        get => Bytes;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer) => Bytes += buffer.Length;

    public override void Write(byte[] buffer, int offset, int count) => Bytes += count;
}
