using System.Net.Sockets;
using Crid.Api;
using Grpc.Core;
using Grpc.Net.Client;

namespace Crid.Cli;

/// <summary>A gRPC channel over a Unix socket with the clients of every service that crid offers on it.</summary>
internal sealed class DaemonConnection : IDisposable
{
    // ListContainers of a full node and two full ExecSync buffers must fit.
    private const int MaxMessageBytes = 64 << 20;

    private readonly GrpcChannel _channel;
    private readonly TimeSpan _timeout;

    /// <param name="timeout">The longest that a call may take which does not wait for a container, a pull or a grace period.</param>
    public DaemonConnection(DaemonAddress address, TimeSpan timeout)
    {
        Address = address;
        _timeout = timeout;
        SocketsHttpHandler handler = new()
        {
            ConnectCallback = (_, cancellation) => ConnectAsync(address.SocketPath, cancellation),
            UseProxy = false,
        };
        _channel = GrpcChannel.ForAddress(new Uri("http://localhost"), new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = MaxMessageBytes,
            MaxSendMessageSize = MaxMessageBytes,
        });
        Runtime = new RuntimeService.RuntimeServiceClient(_channel);
        Images = new ImageService.ImageServiceClient(_channel);
        Admin = new Admin.AdminClient(_channel);
    }

    public DaemonAddress Address { get; }

    public RuntimeService.RuntimeServiceClient Runtime { get; }

    public ImageService.ImageServiceClient Images { get; }

    public Admin.AdminClient Admin { get; }

    /// <summary>Options of an ordinary call: it ends after the timeout, plus what the operation itself may wait.</summary>
    public CallOptions Within(CancellationToken cancellation, TimeSpan extra = default) =>
        new CallOptions(cancellationToken: cancellation).WithDeadline((TimeProvider.System.GetUtcNow() + _timeout + extra).UtcDateTime);

    /// <summary>Options of a call that may take as long as it likes, such as a pull.</summary>
    public static CallOptions Unlimited(CancellationToken cancellation) => new(cancellationToken: cancellation);

    public void Dispose() => _channel.Dispose();

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellation)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
