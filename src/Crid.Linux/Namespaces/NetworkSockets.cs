using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>
/// TCP sockets of another network namespace. A socket belongs to the namespace of the thread that makes it, for good; so a thread enters the
/// namespace, makes the sockets and ends, and the sockets are used from anywhere.
/// </summary>
public static class NetworkSockets
{
    private const int StackBytes = 128 * 1024;

    /// <summary>Makes every call once in this process's own namespace, so that none is resolved for the first time in another.</summary>
    public static void Rehearse()
    {
        using SafeFileHandle own = Descriptor.Own(
            Descriptor.Check(DescriptorCalls.open("/proc/self/ns/net", LibC.O_RDONLY | LibC.O_CLOEXEC, 0), "open", "/proc/self/ns/net"));
        Make(own).Dispose();
    }

    /// <summary>An unconnected socket for each of IPv4 and IPv6, in this order; a family that the kernel lacks is left out.</summary>
    /// <exception cref="LinuxException">There is no namespace at the path (ENOENT), or the kernel refused.</exception>
    public static IReadOnlyList<Socket> CreateTcp(string namespacePath)
    {
        using SafeFileHandle file = NamespaceFile.Find(namespacePath) ?? throw new LinuxException("open", namespacePath, LibC.ENOENT);
        Sockets made = Make(file);
        try
        {
            return made.ErrorNumber == 0 || made.V4 >= 0 || made.V6 >= 0
                ? [.. made.Wrap()]
                : throw new LinuxException("socket", namespacePath, made.ErrorNumber);
        }
        finally
        {
            made.Dispose();
        }
    }

    private static Sockets Make(SafeFileHandle namespaceFile)
    {
        bool held = false;
        namespaceFile.DangerousAddRef(ref held);
        try
        {
            Sockets sockets = new((int)namespaceFile.DangerousGetHandle());
            Thread thread = new(sockets.Run, StackBytes) { IsBackground = true, Name = "namespace sockets" };
            thread.Start();
            thread.Join();
            return sockets;
        }
        finally
        {
            namespaceFile.DangerousRelease();
        }
    }

    /// <summary>
    /// What the thread makes. As in <see cref="NamespaceThread"/>: within the namespace system calls alone, each of which has been made before.
    /// </summary>
    private sealed class Sockets(int namespaceFd) : IDisposable
    {
        public int V4 { get; private set; } = -1;

        public int V6 { get; private set; } = -1;

        public int ErrorNumber { get; private set; }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run()
        {
            if (LibC.setns(namespaceFd, LibC.CLONE_NEWNET) != 0)
            {
                ErrorNumber = LibC.errno;
                return;
            }

            V4 = LibC.socket(LibC.AF_INET, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0);
            ErrorNumber = V4 < 0 ? LibC.errno : 0;
            V6 = LibC.socket(LibC.AF_INET6, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0);
        }

        public IEnumerable<Socket> Wrap()
        {
            if (V4 >= 0)
            {
                Socket socket = new(new SafeSocketHandle(V4, ownsHandle: true));
                V4 = -1;
                yield return socket;
            }

            if (V6 >= 0)
            {
                Socket socket = new(new SafeSocketHandle(V6, ownsHandle: true));
                V6 = -1;
                yield return socket;
            }
        }

        public void Dispose()
        {
            Close(V4);
            Close(V6);
        }

        private static void Close(int fd)
        {
            if (fd >= 0)
            {
                _ = LibC.close(fd);
            }
        }
    }
}
