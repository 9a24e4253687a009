using Microsoft.Extensions.Logging;

namespace Crid.Streaming;

/// <summary>Collects the streams of a command as the client opens them, in any order, each named by its <c>streamtype</c> header.</summary>
internal sealed class SpdyCommandStreams : ISpdyStreamHandler
{
    /// <summary>Five are used; a client that opens many more is turned away.</summary>
    public const int MaxStreams = 16;

    public const string Error = "error";

    private const string Stdin = "stdin";
    private const string Stdout = "stdout";
    private const string Stderr = "stderr";
    private const string Resize = "resize";

    private readonly Dictionary<string, SpdyStream?> _streams = [];
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ILogger _logger;
    private int _missing;

    public SpdyCommandStreams(RemoteCommandRequest request, bool resizes, ILogger logger)
    {
        _logger = logger;
        _streams[Error] = null;
        AddIf(request.Stdin, Stdin);
        AddIf(request.Stdout, Stdout);
        AddIf(request.HasStderr, Stderr);
        AddIf(request.Tty && resizes, Resize);
        _missing = _streams.Count;
    }

    /// <summary>Completes when all streams of the command are there; from then on they do not change.</summary>
    public Task Complete => _complete.Task;

    public SpdyStream? StdinStream => _streams.GetValueOrDefault(Stdin);

    public SpdyStream? ResizeStream => _streams.GetValueOrDefault(Resize);

    public SpdyStream? StdoutStream => _streams.GetValueOrDefault(Stdout);

    public SpdyStream? StderrStream => _streams.GetValueOrDefault(Stderr);

    public SpdyStream ErrorStream => _streams[Error]!;

    public bool Accept(SpdyStreamHeaders headers) => true;

    public void Opened(SpdyStream stream)
    {
        string type = stream.Headers.Type;
        if (!_streams.TryGetValue(type, out SpdyStream? taken) || taken is not null)
        {
            StreamingLog.StreamIgnored(_logger, type);
            stream.Input.Dispose();
            return;
        }

        if (type is not (Stdin or Resize))
        {
            stream.Input.Dispose();
        }

        _streams[type] = stream;
        if (--_missing == 0)
        {
            _complete.TrySetResult();
        }
    }

    private void AddIf(bool wanted, string type)
    {
        if (wanted)
        {
            _streams[type] = null;
        }
    }
}
