using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>One connected client: gives its messages to the server and queues what its socket does not take at once.</summary>
internal sealed class ClientConnection
{
    private const int MaxQueuedBytes = 8 << 20;
    private const int MessagesPerTurn = 32;

    private readonly ControlLoop _loop;
    private readonly KeeperServer _server;
    private readonly UnixSocket _socket;
    private readonly PacketAssembler _assembler = new();
    private readonly List<SafeFileHandle> _files = [];
    private readonly Queue<(byte[] Packet, SafeFileHandle[] Files)> _queue = new();
    private ulong _token;
    private int _queuedBytes;
    private bool _paused;
    private bool _closed;

    internal ClientConnection(ControlLoop loop, KeeperServer server, UnixSocket socket)
    {
        _loop = loop;
        _server = server;
        _socket = socket;
        _token = loop.Watch(socket.Handle, Readiness.Readable, OnReady);
    }

    /// <summary>Nothing is half received or waits to be sent, so that a later keeper can go on with the socket alone.</summary>
    internal bool IsBetweenMessages => IsWelcome && _queue.Count == 0 && _files.Count == 0 && _assembler.IsIdle;

    internal SafeFileHandle Socket => _socket.Handle;

    /// <summary>The protocol version that both sides speak; 0 before the client has said hello, and it gets no events then.</summary>
    internal ushort Version { get; set; }

    internal bool IsClosed => _closed;

    internal bool IsWelcome => Version != 0;

    /// <summary>Sends a message now or when the client reads on. One that never does is dropped, as one that is gone.</summary>
    /// <param name="files">Go with the message; they stay the caller's.</param>
    internal void Send(MessageWriter message, params SafeFileHandle[] files)
    {
        PacketSplitter packets = new(message.Written.Span);
        Span<byte> packet = stackalloc byte[KeeperWire.MaxPacketBytes];
        for (int length = packets.Next(packet); length > 0 && !_closed; length = packets.Next(packet))
        {
            SendPacket(packet[..length], files);
            files = [];
        }
    }

    /// <summary>Leaves what the client sends in its socket.</summary>
    internal void Pause()
    {
        if (!_paused)
        {
            _paused = true;
            _loop.Unwatch(_socket.Handle, _token);
        }
    }

    internal void Resume()
    {
        if (_paused)
        {
            _paused = false;
            _token = _loop.Watch(_socket.Handle, Wanted, OnReady);
        }
    }

    internal void Close(string reason)
    {
        if (!_closed)
        {
            _closed = true;
            DisposeAll(_files);
            _files.Clear();
            foreach ((_, SafeFileHandle[] files) in _queue)
            {
                DisposeAll(files);
            }

            Pause();
            _socket.Dispose();
            _server.OnClosed(this, reason);
        }
    }

    private void SendPacket(ReadOnlySpan<byte> packet, SafeFileHandle[] files)
    {
        try
        {
            if (_queue.Count == 0 && _socket.TrySend(packet, files))
            {
                return;
            }
        }
        catch (LinuxException e)
        {
            Close(e.Message);
            return;
        }

        if (_queuedBytes + packet.Length > MaxQueuedBytes)
        {
            Close("it does not read what it is sent");
            return;
        }

        _queue.Enqueue((packet.ToArray(), [.. files.Select(static file => Descriptor.Duplicate(file))]));
        _queuedBytes += packet.Length;
        UpdateWatch();
    }

    private Readiness Wanted => _queue.Count == 0 ? Readiness.Readable : Readiness.Readable | Readiness.Writable;

    private void UpdateWatch()
    {
        if (!_paused)
        {
            _loop.Change(_socket.Handle, _token, Wanted);
        }
    }

    private void OnReady(Readiness readiness)
    {
        try
        {
            if (readiness.HasFlag(Readiness.Writable))
            {
                SendQueued();
            }

            if (readiness.HasFlag(Readiness.Readable) && !_closed)
            {
                Receive();
            }
        }
        catch (Exception e) when (e is LinuxException or InvalidDataException or CridException)
        {
            Close(e.Message);
        }
    }

    private void SendQueued()
    {
        while (_queue.TryPeek(out (byte[] Packet, SafeFileHandle[] Files) next))
        {
            if (!_socket.TrySend(next.Packet, next.Files))
            {
                return;
            }

            DisposeAll(next.Files);
            _queue.Dequeue();
            _queuedBytes -= next.Packet.Length;
        }

        UpdateWatch();
    }

    private void Receive()
    {
        Span<byte> packet = stackalloc byte[KeeperWire.MaxPacketBytes];
        for (int i = 0; i < MessagesPerTurn && !_closed && !_paused; i++)
        {
            int count = _socket.TryReceive(packet, _files);
            if (count == Descriptor.WouldBlock)
            {
                return;
            }

            if (count == 0)
            {
                Close("it closed the connection");
                return;
            }

            if (_files.Count > UnixSocket.MaxFiles)
            {
                throw new InvalidDataException("too many descriptors came with a message");
            }

            if (_assembler.Add(packet[..count], out ReadOnlySpan<byte> message))
            {
                Handle(message);
            }
        }
    }

    /// <summary>Descriptors belong to the message that they came with; some requests take them over.</summary>
    private void Handle(ReadOnlySpan<byte> message)
    {
        SafeFileHandle[] files = _files.ToArray();
        _files.Clear();
        bool taken = false;
        try
        {
            taken = _server.Handle(this, message, files);
        }
        finally
        {
            if (!taken)
            {
                DisposeAll(files);
            }
        }
    }

    private static void DisposeAll(IEnumerable<SafeFileHandle> files)
    {
        foreach (SafeFileHandle file in files)
        {
            file.Dispose();
        }
    }
}
