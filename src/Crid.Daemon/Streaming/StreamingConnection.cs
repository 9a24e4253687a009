using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using Crid.Linux;
using Microsoft.AspNetCore.Connections;

namespace Crid.Daemon;

/// <summary>One client's socket. It is given up some time after the client has left, even if what the client sent is never read.</summary>
internal sealed class StreamingConnection : DefaultConnectionContext
{
    private const int BufferBytes = 64 * 1024;

    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private SslStream? _tls;
    private readonly CancellationTokenSource _closed = new();
    private Pipes _pipes;
    private readonly Task _watching;

    public StreamingConnection(Socket socket, EventLoop loop, TimeSpan hangUpGrace, TimeProvider time)
    {
        _socket = socket;
        _socket.NoDelay = true;
        _stream = new NetworkStream(socket, ownsSocket: true);
        ConnectionId = Guid.NewGuid().ToString("N");
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
        _pipes = Pipes.Over(_stream);
        Transport = _pipes;
        _watching = WatchAsync(loop, hangUpGrace, time);
    }

    /// <summary>Protects the connection, before anything is read from it.</summary>
    /// <exception cref="Exception">The client does not speak TLS, or is not trusted.</exception>
    public async Task SecureAsync(SslServerAuthenticationOptions options, CancellationToken cancellationToken)
    {
        _tls = new SslStream(_stream, leaveInnerStreamOpen: true);
        await _tls.AuthenticateAsServerAsync(options, cancellationToken);
        _pipes = Pipes.Over(_tls);
        Transport = _pipes;
    }

    public override void Abort(ConnectionAbortedException abortReason) => Close();

    public override void Abort() => Close();

    public override async ValueTask DisposeAsync()
    {
        Close();
        await _watching;

        // Without a reason the output would be flushed, which fails now. The server waits for ever for a connection that can't be disposed.
        await _pipes.Input.CompleteAsync();
        await _pipes.Output.CompleteAsync(new ConnectionAbortedException());
        _tls?.Dispose();
        await _stream.DisposeAsync();
        _closed.Dispose();
        await base.DisposeAsync();
    }

    private void Close()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The client was the first.
        }

        try
        {
            _closed.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Disposed already, which is more.
        }
    }

    private async Task WatchAsync(EventLoop loop, TimeSpan grace, TimeProvider time)
    {
        try
        {
            await SocketHangUp.WaitAsync(loop, _socket, _closed.Token);

            // Whoever reads gets this time to come to the end by itself.
            await Task.Delay(grace, time, _closed.Token);
            Close();
        }
        catch (Exception exception) when (exception is OperationCanceledException or LinuxException or ObjectDisposedException)
        {
            // The connection has ended from this side, or has no socket any more that could be watched.
        }
    }

    private sealed record Pipes(PipeReader Input, PipeWriter Output) : IDuplexPipe
    {
        public static Pipes Over(Stream stream) => new(
            PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: BufferBytes, leaveOpen: true, useZeroByteReads: true)),
            PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: BufferBytes, leaveOpen: true)));
    }
}
