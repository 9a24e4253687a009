using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>The socket: accepts root's connections, agrees on a version, and gives requests to the process table.</summary>
internal sealed class KeeperServer
{
    private readonly ControlLoop _loop;
    private readonly ProcessTable _table;
    private readonly string _socketPath;
    private readonly ILogger _logger;
    private readonly List<ClientConnection> _clients = [];
    private UnixSocket? _listener;

    internal KeeperServer(ControlLoop loop, ProcessTable table, string socketPath, ILogger logger)
    {
        _loop = loop;
        _table = table;
        _socketPath = socketPath;
        _logger = logger;
        table.Exited += Broadcast;
    }

    /// <summary>Takes connections. The lock of this run directory is ours, so a socket file that is there is a dead keeper's.</summary>
    internal void Start()
    {
        File.Delete(_socketPath);
        _listener = UnixSocket.Listen(_socketPath, UnixSocketKind.Packet);
        _loop.Watch(_listener.Handle, Readiness.Readable, _ => Accept(_listener));
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

        if (files.Length > 0 && type is not (MessageType.Exec or MessageType.Attach))
        {
            throw new InvalidDataException("descriptors came with a message that takes none");
        }

        try
        {
            return Handle(type, ref reader, client.Version, files, reply);
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
            case MessageType.Attach when version >= KeeperWire.AttachVersion:
                _table.Attach(KeeperMessages.ReadAttachRequest(ref reader, files), reply);
                return true;
            case MessageType.CloseStdin when version >= KeeperWire.AttachVersion:
                _table.CloseStdin(reader.ReadString(), reply);
                return false;
            default:
                throw new CridException(ErrorKind.Unimplemented, $"request type {(byte)type} is not known");
        }
    }

    internal void OnClosed(ClientConnection client, string reason)
    {
        _clients.Remove(client);
        KeeperLog.ClientLeft(_logger, reason);
    }

    private void Accept(UnixSocket listener)
    {
        while (listener.TryAccept() is UnixSocket socket)
        {
            // The socket's mode keeps others out already; a descriptor of it may yet have been passed on.
            uint uid = socket.GetPeerUid();
            if (uid != 0)
            {
                KeeperLog.ClientRefused(_logger, $"user {uid} is not root");
                socket.Dispose();
                continue;
            }

            _clients.Add(new ClientConnection(_loop, this, socket));
            KeeperLog.ClientConnected(_logger);
        }
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
        _table.ForEachReportedExit(exit => client.Send(ToMessage(exit)));
    }

    private void Broadcast(ProcessExit exit)
    {
        MessageWriter message = ToMessage(exit);
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
