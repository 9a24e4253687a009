using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Crid.Linux;

/// <summary>Tells a service manager something and gives it descriptors to keep, as sd_notify(3) and sd_pid_notify_with_fds(3) describe.</summary>
public sealed class ServiceManagerSocket : IDisposable
{
    private readonly string _address;
    private UnixSocket? _socket;

    /// <param name="address">The value of NOTIFY_SOCKET: a path, or a name in the abstract namespace that begins with <c>@</c>.</param>
    public ServiceManagerSocket(string address) => _address = address;

    /// <summary>False where the manager has not read what it was sent before.</summary>
    /// <exception cref="LinuxException">There is no manager any more.</exception>
    public bool TrySend(string state, params ReadOnlySpan<SafeFileHandle> files)
    {
        byte[] message = Encoding.UTF8.GetBytes(state);
        bool isOld = _socket is not null;
        try
        {
            return Connect().TrySend(message, files);
        }
        catch (LinuxException) when (isOld)
        {
            // The manager may have executed itself again.
            Dispose();
            return Connect().TrySend(message, files);
        }
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _socket = null;
    }

    private UnixSocket Connect() => _socket ??= UnixSocket.Connect(_address, UnixSocketKind.Datagram);
}
