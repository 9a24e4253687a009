namespace Crid.Streaming;

/// <summary>The five channels of a command on a WebSocket.</summary>
internal sealed class WebSocketCommandChannels : IChannelReceiver
{
    public const int Error = 3;

    private const int Stdin = 0;
    private const int Stdout = 1;
    private const int Stderr = 2;
    private const int Resize = 4;

    private readonly ChannelSocket _channels;
    private readonly RemoteCommandRequest _request;
    private readonly ResizeReader _resizes = new();
    private readonly InputStream? _stdin;

    public WebSocketCommandChannels(ChannelSocket channels, RemoteCommandRequest request)
    {
        _channels = channels;
        _request = request;
        _stdin = request.Stdin ? new InputStream(channels.Budget) : null;
        Session = new RemoteCommandSession(
            _stdin,
            request.Stdout ? channels.OpenWriter(Stdout) : null,
            request.HasStderr ? channels.OpenWriter(Stderr) : null,
            _resizes.Sizes);
    }

    public RemoteCommandSession Session { get; }

    /// <summary>Sends an empty message on the lowest channel that the client reads: it waits for it to know that the upgrade went through.</summary>
    public Task AnnounceAsync() =>
        _channels.SendAsync(_request.Stdout ? Stdout : _request.HasStderr ? Stderr : Error, default, CancellationToken.None);

    public void Receive(int channel, ReadOnlySpan<byte> data)
    {
        if (channel == Stdin)
        {
            _stdin?.Append(data);
        }
        else if (channel == Resize)
        {
            _resizes.Append(data);
        }
    }

    public void End(int channel)
    {
        if (channel == Stdin)
        {
            _stdin?.Complete();
        }
    }

    public void Lost(IOException reason)
    {
        _stdin?.Complete(reason);
        _resizes.Complete();
    }

    /// <summary>Nobody reads any more: what still comes is dropped.</summary>
    public void End()
    {
        _stdin?.Dispose();
        _resizes.Complete();
    }
}
