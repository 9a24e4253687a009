using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Crid.Api;
using Grpc.Core;

namespace Crid.Cli;

/// <summary>Takes connections to a port of this machine and carries each to a port of a pod over a connection of its own to the daemon.</summary>
internal sealed class PortForwarder(VerbContext context, string sandboxId, PortPair ports)
{
    private const int Data = 0;
    private const int Error = 1;

    // Both channels begin with the number of the port.
    private const int PrefixBytes = 2;

    /// <summary>Listens and forwards until the token is cancelled.</summary>
    /// <exception cref="CliException">The local port can't be had.</exception>
    public async Task RunAsync(IPAddress address, CancellationToken cancellation)
    {
        using TcpListener listener = new(address, ports.Local);
        try
        {
            listener.Start();
        }
        catch (SocketException error)
        {
            throw new CliException($"cannot listen on {address} port {ports.Local}: {error.Message}");
        }

        await context.Output.WriteLineAsync($"Forwarding from {listener.LocalEndpoint} -> {ports.Remote}");
        while (true)
        {
            Socket accepted = await listener.AcceptSocketAsync(cancellation);
            _ = ServeAsync(accepted, cancellation);
        }
    }

    private async Task ServeAsync(Socket accepted, CancellationToken cancellation)
    {
        try
        {
            await using NetworkStream local = new(accepted, ownsSocket: true);
            PortForwardRequest request = new() { PodSandboxId = sandboxId, Port = { ports.Remote } };
            PortForwardResponse response = await context.Daemon.Runtime.PortForwardAsync(request, context.Daemon.Within(cancellation));
            using ChannelClient channels = await ChannelClient.ConnectAsync(response.Url, cancellation);
            await CarryAsync(local, channels, cancellation);
        }
        catch (RpcException error) when (!cancellation.IsCancellationRequested)
        {
            await context.Error.WriteLineAsync($"crid: {CallErrors.Describe(error, context.Daemon.Address)}");
        }
        catch (CliException error)
        {
            await context.Error.WriteLineAsync($"crid: {error.Message}");
        }
        catch (Exception error) when (error is IOException or SocketException or WebSocketException or OperationCanceledException or RpcException)
        {
            // One connection ended in the middle, which whoever holds its other end sees by itself.
        }
    }

    private async Task CarryAsync(NetworkStream local, ChannelClient channels, CancellationToken cancellation)
    {
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using MemoryStream problem = new();
        int skipData = PrefixBytes;
        Task sending = channels.SendAllAsync(Data, local, ended.Token);
        await channels.ReceiveAllAsync(TakeAsync, cancellation);
        await ended.CancelAsync();
        await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (problem.Length > PrefixBytes)
        {
            throw new CliException(Encoding.UTF8.GetString(problem.ToArray().AsSpan(PrefixBytes)));
        }

        async ValueTask TakeAsync(int channel, ReadOnlyMemory<byte> data)
        {
            if (channel == Error)
            {
                await problem.WriteAsync(data, cancellation);
            }
            else if (channel == Data && data.IsEmpty)
            {
                local.Socket.Shutdown(SocketShutdown.Send);
            }
            else if (channel == Data)
            {
                int skip = Math.Min(skipData, data.Length);
                skipData -= skip;
                await local.WriteAsync(data[skip..], cancellation);
            }
        }
    }
}
