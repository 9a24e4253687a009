using Crid.Core;

namespace Crid.Streaming;

/// <summary>What crid sends on one stream, as a stream to write; disposal tells the peer that nothing more comes.</summary>
internal sealed class OutputStream(Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> write, Func<ValueTask> finish) : ForwardStream
{
    private int _finished;

    public override bool CanWrite => true;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _finished) != 0, this);
        return buffer.IsEmpty ? ValueTask.CompletedTask : write(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _finished, 1) == 0)
        {
            await finish();
        }

        await base.DisposeAsync();
    }
}
