namespace Crid.Images;

/// <summary>A stream of what comes over a network, which is not waited for with a thread.</summary>
internal abstract class ReadOnlyAsyncStream : ReadOnlyStream
{
    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(Span<byte> buffer) => throw new NotSupportedException("this stream is read asynchronously");
}
