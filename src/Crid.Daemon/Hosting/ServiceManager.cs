using System.Net.Sockets;
using System.Text;

namespace Crid.Daemon;

/// <summary>Tells the service manager about the daemon's state as sd_notify(3) describes; without one it does nothing.</summary>
internal sealed class ServiceManager
{
    private readonly string? _socket;

    /// <param name="socket">The value of NOTIFY_SOCKET: a path, or a name in the abstract namespace that begins with <c>@</c>.</param>
    public ServiceManager(string? socket) => _socket = string.IsNullOrEmpty(socket) ? null : socket;

    /// <summary>Takes the socket from the environment and removes it there, so that no child speaks for the daemon.</summary>
    public static ServiceManager FromEnvironment()
    {
        string? socket = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");
        Environment.SetEnvironmentVariable("NOTIFY_SOCKET", null);
        return new ServiceManager(socket);
    }

    public void Ready() => Send("READY=1\nSTATUS=serving");

    public void Stopping() => Send("STOPPING=1\nSTATUS=stopping");

    public void Status(string status) => Send($"STATUS={status}");

    private void Send(string state)
    {
        if (_socket is null)
        {
            return;
        }

        string address = _socket[0] == '@' ? $"\0{_socket[1..]}" : _socket;
        using Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(address));
    }
}
