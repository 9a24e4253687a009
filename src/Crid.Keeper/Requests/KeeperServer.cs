using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>The socket: accepts root's connections, agrees on a version, and gives requests to the process table.</summary>
internal sealed class KeeperServer : ITimed
{
    private const int RetryMilliseconds = 200;

    private readonly ControlLoop _loop;
    private readonly ProcessTable _table;
    private readonly string _socketPath;
    private readonly ILogger _logger;
    private readonly List<ClientConnection> _clients = [];
    private UnixSocket? _listener;
    private ulong _token;
    private bool _listening;
    private long _retryAt = long.MaxValue;

    internal KeeperServer(KeeperServices services, ProcessTable table, string socketPath)
    {
        _loop = services.Loop;
        _table = table;
        _socketPath = socketPath;
        _logger = services.Logger;
        table.Exited += exit => Broadcast(ToMessage(exit));
        table.Holding += (id, held) => ForEachHolder(client => Hold(client, id, held));
        table.Released += Release;
        _loop.AddTimed(this);
    }

    /// <summary>A client wants this program replaced by the one that is installed.</summary>
    internal Action? ReloadRequested { get; set; }

    internal int ClientCount => _clients.Count;

    /// <summary>Takes connections. The lock of this run directory is ours, so a socket file that is there is a dead keeper's.</summary>
    internal void Start()
    {
        File.Delete(_socketPath);
        _listener = UnixSocket.Listen(_socketPath, UnixSocketKind.Packet);
        Listen();
    }

    /// <summary>Goes on with what <see cref="HandOver"/> wrote.</summary>
    internal void TakeOver(ref MessageReader reader)
    {
        _listener = new UnixSocket(Handover.TakeFile(ref reader) ?? throw new InvalidDataException("the listening socket is missing"));
        Listen();
        int count = reader.ReadInt32();
        for (int i = 0; i < count; i++)
        {
            ushort version = reader.ReadUInt16();
            if (Handover.TakeFile(ref reader) is SafeFileHandle socket)
            {
                _clients.Add(new ClientConnection(_loop, this, new UnixSocket(socket)) { Version = version });
            }
        }
    }

    /// <summary>Writes what a later keeper in this process needs to go on. A client in the middle of a message has to connect again.</summary>
    internal void HandOver(HandoverWriter writer)
    {
        foreach (ClientConnection client in _clients.Where(static client => !client.IsBetweenMessages).ToArray())
        {
            client.Close("it was in the middle of a message when this program was replaced");
        }

        writer.WriteFile(_listener?.Handle);
        writer.Values.WriteInt32(_clients.Count);
        foreach (ClientConnection client in _clients)
        {
            writer.Values.WriteUInt16(client.Version);
            writer.WriteFile(client.Socket);
        }
    }

    /// <summary>Leaves connections and requests in their sockets.</summary>
    internal void Pause()
    {
        StopListening();
        _clients.ForEach(static client => client.Pause());
    }

    internal void Resume()
    {
        Listen();
        _clients.ForEach(static client => client.Resume());
    }

    public long RunDue(long now)
    {
        if (now >= _retryAt)
        {
            Listen();
        }

        return _retryAt;
    }

    /// <summary>Handles one message; true where the descriptors that came with it were taken over.</summary>
    /// <exception cref="InvalidDataException">The client does not keep to the protocol.</exception>
    internal bool Handle(ClientConnection client, ReadOnlySpan<byte> message, SafeFileHandle[] files)
    {
        MessageReader reader = new(message);
        MessageType type = (MessageType)reader.ReadByte();
        Reply reply = new(client, reader.ReadUInt32());
        if (!client.IsWelcome)
        {
            Welcome(client, type, ref reader);
            return false;
        }

        if (files.Length > 0 && type is not (MessageType.Exec or MessageType.Attach or MessageType.Return))
        {
            throw new InvalidDataException("descriptors came with a message that takes none");
        }

        try
        {
            return client.Version >= KeeperWire.AttachVersion && TryHandleLater(type, ref reader, files, reply) is bool taken
                ? taken
                : Handle(type, ref reader, client.Version, files, reply);
        }
        catch (CridException e)
        {
            reply.Fail(e);
            return false;
        }
    }

    private bool Handle(MessageType type, ref MessageReader reader, ushort version, SafeFileHandle[] files, Reply reply)
    {
        switch (type)
        {
            case MessageType.Create:
                _table.Create(KeeperMessages.ReadCreateRequest(ref reader, version), reply);
                return false;
            case MessageType.Exec:
                _table.Exec(KeeperMessages.ReadExecRequest(ref reader, files, version), reply);
                return true;
            case MessageType.ReopenLog:
                _table.ReopenLog(reader.ReadString(), reply);
                return false;
            case MessageType.Forget:
                _table.Forget(reader.ReadString(), reply);
                return false;
            case MessageType.List:
                reply.Succeed(_table.WriteList);
                return false;
            case MessageType.Cancel:
                _table.Cancel(reply);
                return false;
            default:
                throw new CridException(ErrorKind.Unimplemented, $"request type {(byte)type} is not known");
        }
    }

    /// <summary>Handles what came with version 2; null where it is something else.</summary>
    private bool? TryHandleLater(MessageType type, ref MessageReader reader, SafeFileHandle[] files, Reply reply)
    {
        switch (type)
        {
            case MessageType.Attach:
                _table.Attach(KeeperMessages.ReadAttachRequest(ref reader, files), reply);
                return true;
            case MessageType.CloseStdin:
                _table.CloseStdin(reader.ReadString(), reply);
                return false;
            case MessageType.Return:
                IReadOnlyList<HeldFile> held = KeeperMessages.ReadHeld(ref reader, files, out string id);
                _table.TakeBack(id, held);
                return true;
            case MessageType.Returned:
                _table.OnReturned();
                _table.ForEachHeld((id, held) => Hold(reply.Client, id, held));
                return false;
            case MessageType.Reload:
                reply.Succeed();
                ReloadRequested?.Invoke();
                return false;
            default:
                return null;
        }
    }

    internal void OnClosed(ClientConnection client, string reason)
    {
        _clients.Remove(client);
        _table.CancelAll(client);
        KeeperLog.ClientLeft(_logger, reason);
    }

    private void Listen()
    {
        _retryAt = long.MaxValue;
        if (!_listening)
        {
            _listening = true;
            _token = _loop.Watch(_listener!.Handle, Readiness.Readable, _ => Accept(_listener));
        }
    }

    private void StopListening()
    {
        if (_listening)
        {
            _listening = false;
            _loop.Unwatch(_listener!.Handle, _token);
        }
    }

    private void Accept(UnixSocket listener)
    {
        try
        {
            while (listener.TryAccept() is UnixSocket socket)
            {
                Admit(socket);
            }
        }
        catch (LinuxException e)
        {
            // As where descriptors have run out: the connection waits, and would only make this loop spin.
            KeeperLog.ClientRefused(_logger, e.Message);
            StopListening();
            _retryAt = Environment.TickCount64 + RetryMilliseconds;
        }
    }

    private void Admit(UnixSocket socket)
    {
        // The socket's mode keeps others out already; a descriptor of it may yet have been passed on.
        uint uid = socket.GetPeerUid();
        if (uid != 0)
        {
            KeeperLog.ClientRefused(_logger, $"user {uid} is not root");
            socket.Dispose();
            return;
        }

        _clients.Add(new ClientConnection(_loop, this, socket));
        KeeperLog.ClientConnected(_logger);
    }

    private void Welcome(ClientConnection client, MessageType type, ref MessageReader reader)
    {
        if (type != MessageType.Hello || reader.ReadUInt32() != KeeperWire.Magic)
        {
            throw new InvalidDataException("the first message is no hello");
        }

        ushort oldest = reader.ReadUInt16();
        ushort newest = reader.ReadUInt16();
        ushort version = Math.Min(newest, KeeperWire.NewestVersion);
        if (version < Math.Max(oldest, KeeperWire.OldestVersion))
        {
            CridException failure = CridException.FailedPrecondition(
                $"client speaks protocol versions {oldest} to {newest}, the keeper {KeeperWire.OldestVersion} to {KeeperWire.NewestVersion}");
            new Reply(client, RequestId: 0).Fail(failure);
            throw failure;
        }

        client.Version = version;
        MessageWriter welcome = new(MessageType.Welcome, requestId: 0);
        welcome.WriteUInt16(version);
        welcome.WriteInt32(Environment.ProcessId);
        client.Send(welcome);
        if (version < KeeperWire.AttachVersion)
        {
            // It holds nothing that could be waited for.
            _table.OnReturned();
        }

        _table.ForEachReportedExit(exit => client.Send(ToMessage(exit)));
    }

    private void Release(string id, HeldKind? kind)
    {
        MessageWriter message = new(MessageType.Release, requestId: 0);
        message.WriteByte(kind is HeldKind one ? (byte)one : (byte)0);
        message.WriteString(id);
        ForEachHolder(client => client.Send(message));
    }

    private void ForEachHolder(Action<ClientConnection> action)
    {
        foreach (ClientConnection client in _clients.Where(static client => client.Version >= KeeperWire.AttachVersion).ToArray())
        {
            action(client);
        }
    }

    private static void Hold(ClientConnection client, string id, IReadOnlyList<HeldFile> held)
    {
        MessageWriter message = new(MessageType.Hold, requestId: 0);
        message.Write(id, held);
        client.Send(message, [.. held.Select(static file => file.File)]);
    }

    private void Broadcast(MessageWriter message)
    {
        // Sending may close a client and so take it from the list.
        for (int i = _clients.Count - 1; i >= 0; i--)
        {
            if (_clients[i].IsWelcome)
            {
                _clients[i].Send(message);
            }
        }
    }

    private static MessageWriter ToMessage(ProcessExit exit)
    {
        MessageWriter message = new(MessageType.Exited, requestId: 0);
        message.Write(exit);
        return message;
    }
}
