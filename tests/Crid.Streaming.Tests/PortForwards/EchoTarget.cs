using System.Collections.Concurrent;

namespace Crid.Streaming.Tests;

/// <summary>Ports in memory: each connection has a far end that the test or <see cref="EchoAsync"/> holds. Port 1 refuses.</summary>
internal sealed class EchoTarget
{
    private int _open;

    public ConcurrentQueue<int> Ports { get; } = [];

    public int Open => Volatile.Read(ref _open);

    public Func<DuplexStream, Task> Serve { get; init; } = EchoAsync;

    public PortForwardTarget Target => new("sandbox x", ConnectAsync);

    public static async Task EchoAsync(DuplexStream far)
    {
        byte[] buffer = new byte[8192];
        int count;
        while ((count = await far.ReadAsync(buffer)) > 0)
        {
            await far.WriteAsync(buffer.AsMemory(0, count));
        }

        far.EndSend();
    }

    private Task<IPortConnection> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        Ports.Enqueue(port);
        if (port == 1)
        {
            throw new IOException("connection refused");
        }

        (DuplexStream near, DuplexStream far) = DuplexStream.CreatePair();
        Interlocked.Increment(ref _open);
        _ = Serve(far);
        return Task.FromResult<IPortConnection>(new Connection(near, this));
    }

    private sealed class Connection(DuplexStream near, EchoTarget target) : IPortConnection
    {
        public Stream Stream => near;

        public void EndSend() => near.EndSend();

        public async ValueTask DisposeAsync()
        {
            await near.DisposeAsync();
            Interlocked.Decrement(ref target._open);
        }
    }
}
