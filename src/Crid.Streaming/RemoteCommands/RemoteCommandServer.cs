using System.Net.WebSockets;
using Crid.Core;
using Microsoft.Extensions.Logging;

namespace Crid.Streaming;

/// <summary>
/// Serves the remote-command protocol of Kubernetes (exec and attach) on a connection that has been upgraded. Both methods return when the
/// connection is over, after the handler has returned; they do not throw for anything that a client does. The caller closes what it passed in.
/// </summary>
public sealed class RemoteCommandServer(StreamingOptions options, TimeProvider time, ILogger<RemoteCommandServer> logger)
{
    /// <summary>Serves SPDY/3.1.</summary>
    /// <param name="transport">The raw connection behind the 101 answer, with whatever the client has sent since its request.</param>
    /// <param name="protocol">The protocol that <see cref="UpgradeNegotiation"/> chose.</param>
    public async Task ServeSpdyAsync(Stream transport, string protocol, RemoteCommandRequest request, RemoteCommandHandler handler, CancellationToken cancellationToken)
    {
        RemoteCommandProtocol version = RemoteCommandProtocol.Parse(protocol);
        SpdyCommandStreams streams = new(request, version.HasResize, logger);
        using SpdyConnection connection = new(transport, streams, SpdyCommandStreams.MaxStreams, options, time, logger);
        Task reading = connection.RunAsync(cancellationToken);
        if (await IsCompleteAsync(streams, connection))
        {
            await RunAsync(streams, connection, version, handler);
        }

        await connection.CloseAsync();
        await reading;
    }

    /// <summary>Serves a WebSocket whose subprotocol <see cref="UpgradeNegotiation"/> chose.</summary>
    public async Task ServeWebSocketAsync(WebSocket socket, string protocol, RemoteCommandRequest request, RemoteCommandHandler handler, CancellationToken cancellationToken)
    {
        RemoteCommandProtocol version = RemoteCommandProtocol.Parse(protocol);
        using ChannelSocket channels = new(socket, version.IsBase64, version.HasClose, options, time, logger);
        WebSocketCommandChannels command = new(channels, request);
        Task reading = channels.RunAsync(command, cancellationToken);
        try
        {
            await command.AnnounceAsync();
            RemoteCommandOutcome? outcome = await InvokeAsync(handler, command.Session, channels.Closed);
            byte[] status = outcome is null ? [] : CommandStatus.Encode(outcome, version.HasJsonStatus);
            if (status.Length > 0)
            {
                await channels.SendAsync(WebSocketCommandChannels.Error, status, CancellationToken.None);
            }
        }
        catch (Exception exception) when (ConnectionLoss.Is(exception))
        {
            StreamingLog.ConnectionLost(logger, exception.Message);
        }

        command.End();
        await channels.CloseAsync();
        await reading;
    }

    private async Task<bool> IsCompleteAsync(SpdyCommandStreams streams, SpdyConnection connection)
    {
        try
        {
            await streams.Complete.WaitAsync(options.StreamCreationTimeout, time, connection.Closed);
            return true;
        }
        catch (TimeoutException)
        {
            StreamingLog.StreamsMissing(logger);
            return false;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task RunAsync(SpdyCommandStreams streams, SpdyConnection connection, RemoteCommandProtocol version, RemoteCommandHandler handler)
    {
        ResizeReader resizes = new();
        Task pumping = streams.ResizeStream is null ? Task.CompletedTask : resizes.PumpAsync(streams.ResizeStream.Input);
        try
        {
            if (version.EndsStdinAtOnce && streams.StdinStream is not null)
            {
                await streams.StdinStream.FinishAsync();
            }

            RemoteCommandSession session = new(streams.StdinStream?.Input, Writer(streams.StdoutStream), Writer(streams.StderrStream), resizes.Sizes);
            RemoteCommandOutcome? outcome = await InvokeAsync(handler, session, connection.Closed);
            streams.StdinStream?.Input.Dispose();
            streams.ResizeStream?.Input.Dispose();
            if (outcome is not null)
            {
                await FinishAsync(streams, CommandStatus.Encode(outcome, version.HasJsonStatus));
            }
        }
        catch (Exception exception) when (ConnectionLoss.Is(exception))
        {
            StreamingLog.ConnectionLost(logger, exception.Message);
        }

        await pumping;
    }

    private static OutputStream? Writer(SpdyStream? stream) => stream is null ? null : new OutputStream(stream.WriteAsync, stream.FinishAsync);

    /// <summary>Ends the outputs before the status, which is the last thing that a client waits for.</summary>
    private static async Task FinishAsync(SpdyCommandStreams streams, byte[] status)
    {
        foreach (SpdyStream? output in (SpdyStream?[])[streams.StdoutStream, streams.StderrStream])
        {
            if (output is not null)
            {
                await output.FinishAsync();
            }
        }

        await streams.ErrorStream.WriteAsync(status);
        await streams.ErrorStream.FinishAsync();
    }

    /// <summary>The outcome to report, or null when nobody is left to report to.</summary>
    private async Task<RemoteCommandOutcome?> InvokeAsync(RemoteCommandHandler handler, RemoteCommandSession session, CancellationToken closed)
    {
        try
        {
            return await handler(session, closed);
        }
        catch (Exception) when (closed.IsCancellationRequested)
        {
            return null;
        }
        catch (CridException exception)
        {
            StreamingLog.CommandRefused(logger, exception.Message);
            return RemoteCommandOutcome.Failed(exception.Message);
        }
        catch (Exception exception)
        {
            StreamingLog.CommandFailed(logger, exception);
            return RemoteCommandOutcome.Failed(exception.Message);
        }
    }
}
