using Microsoft.Win32.SafeHandles;

namespace Crid.Linux;

/// <summary>Where an OCI runtime sends the master of a process's pty. What it sends waits in the socket until the runtime has ended.</summary>
public sealed class ConsoleSocket : IDisposable
{
    private readonly string _path;
    private readonly UnixSocket _listener;

    /// <summary>Listens on a path; a file that is there already is replaced.</summary>
    public ConsoleSocket(string path)
    {
        File.Delete(path);
        _path = path;
        _listener = UnixSocket.Listen(path, UnixSocketKind.Stream);
    }

    /// <summary>The master that came; null where none did.</summary>
    public SafeFileHandle? TryTakeMaster()
    {
        using UnixSocket? connection = _listener.TryAccept();
        if (connection is null)
        {
            return null;
        }

        Span<byte> name = stackalloc byte[4096];
        List<SafeFileHandle> files = [];
        connection.TryReceive(name, files);
        for (int i = 1; i < files.Count; i++)
        {
            files[i].Dispose();
        }

        return files.Count > 0 ? files[0] : null;
    }

    public void Dispose()
    {
        _listener.Dispose();
        FileAt.EnsureFileRemoved(_path);
    }
}
