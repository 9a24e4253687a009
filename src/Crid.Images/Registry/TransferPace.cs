namespace Crid.Images;

/// <summary>Reads from a connection and gives up one that brings nothing, or so little that it might as well bring nothing.</summary>
internal sealed class TransferPace(TimeSpan stallTimeout, TimeProvider time)
{
    /// <summary>What a connection has to bring within the timeout, unless its end comes first: 270 bytes a second with the default of a minute.</summary>
    private const int LeastBytes = 16 << 10;

    // Only the time within reads counts: a pull that waits for the disk does not make its registry slow.
    private TimeSpan _waited;
    private int _received;

    /// <exception cref="IOException">The connection is broken, or too slow.</exception>
    public async ValueTask<int> ReadAsync(Stream body, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stall = new(stallTimeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stall.Token);
        long started = time.GetTimestamp();
        int length;
        try
        {
            length = await body.ReadAsync(buffer, either.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            Restart();
            throw new IOException($"nothing was received for {stallTimeout.TotalSeconds} s", exception);
        }

        Count(length, time.GetElapsedTime(started));
        return length;
    }

    private void Count(int length, TimeSpan waited)
    {
        _waited += waited;
        _received += length;
        if (_received >= LeastBytes)
        {
            Restart();
        }
        else if (length > 0 && _waited > stallTimeout)
        {
            int bytes = _received;
            Restart();
            throw new IOException($"only {bytes} bytes were received in {stallTimeout.TotalSeconds} s");
        }
    }

    private void Restart()
    {
        _waited = default;
        _received = 0;
    }
}
