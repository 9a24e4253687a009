namespace Crid.Streaming;

/// <summary>The two streams of one forwarded connection, which come one after the other.</summary>
internal sealed class SpdyPortPair(int port)
{
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Port { get; } = port;

    public SpdyStream? Error { get; private set; }

    public SpdyStream? Data { get; private set; }

    public Task Complete => _complete.Task;

    /// <summary>Adds a stream; false when the pair has one of its kind.</summary>
    public bool TryAdd(SpdyStream stream, bool isError)
    {
        if ((isError ? Error : Data) is not null)
        {
            return false;
        }

        if (isError)
        {
            Error = stream;
        }
        else
        {
            Data = stream;
        }

        if (Error is not null && Data is not null)
        {
            _complete.TrySetResult();
        }

        return true;
    }

    /// <summary>Ends both streams: those that were finished in order quietly, others with a reset.</summary>
    public void Close()
    {
        Data?.Close();
        Error?.Close();
    }
}
