using Crid.Core;

namespace Crid.Streaming.Tests;

/// <summary>A port that echoes. The first time that one of its steps is taken, it fails, or hangs until it is canceled.</summary>
internal sealed class FaultyTarget(PortStep fault, bool hangs = false)
{
    private readonly TaskCompletionSource _struck = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open;

    /// <summary>Completes when the step is taken.</summary>
    public Task Struck => _struck.Task;

    public int Open => Volatile.Read(ref _open);

    public PortForwardTarget Target => new("sandbox x", ConnectAsync);

    private async Task<IPortConnection> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        await TakeAsync(PortStep.Connect, cancellationToken);
        (DuplexStream near, DuplexStream far) = DuplexStream.CreatePair();
        Interlocked.Increment(ref _open);
        _ = EchoTarget.EchoAsync(far);
        return new Connection(near, this);
    }

    private async ValueTask TakeAsync(PortStep step, CancellationToken cancellationToken = default)
    {
        if (step != fault || !_struck.TrySetResult())
        {
            return;
        }

        if (hangs)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }

        throw new IOException($"{step} fails");
    }

    private sealed class Connection(DuplexStream near, FaultyTarget target) : IPortConnection
    {
        public Stream Stream { get; } = new FaultyStream(near, target);

        public void EndSend()
        {
            target.TakeAsync(PortStep.EndSend).AsTask().GetAwaiter().GetResult();
            near.EndSend();
        }

        public async ValueTask DisposeAsync()
        {
            await near.DisposeAsync();
            Interlocked.Decrement(ref target._open);
            await target.TakeAsync(PortStep.Close);
        }
    }

    private sealed class FaultyStream(DuplexStream near, FaultyTarget target) : ForwardStream
    {
        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await target.TakeAsync(PortStep.Read, cancellationToken);
            return await near.ReadAsync(buffer, cancellationToken);
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await target.TakeAsync(PortStep.Write, cancellationToken);
            await near.WriteAsync(buffer, cancellationToken);
        }
    }
}
