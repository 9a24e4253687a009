using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper.Protocol.Tests;

/// <summary>The keeper's side of the socket, one client at a time, with answers that a test gives.</summary>
internal sealed class FakeKeeper : IDisposable
{
    private readonly EventLoop _loop;
    private readonly UnixSocket _listener;
    private readonly List<SafeFileHandle> _files = [];
    private UnixSocket? _client;

    internal FakeKeeper(EventLoop loop, string path)
    {
        _loop = loop;
        File.Delete(path);
        _listener = UnixSocket.Listen(path, UnixSocketKind.Packet);
    }

    /// <summary>Waits for a client and its hello, and welcomes it. It holds nothing to return.</summary>
    internal async Task WelcomeAsync(ushort version = KeeperWire.NewestVersion)
    {
        await AcceptAsync();
        Assert.Equal(MessageType.Hello, (await ReceiveAsync()).Type);
        SendWelcome(version);
        if (version >= KeeperWire.AttachVersion)
        {
            Assert.Equal(MessageType.Returned, (await ReceiveAsync()).Type);
            await AnswerListAsync();
        }
    }

    /// <summary>Answers what is asked to know that nothing more is to be held.</summary>
    internal async Task AnswerListAsync()
    {
        (MessageType type, uint id) = await ReceiveAsync();
        Assert.Equal(MessageType.List, type);
        MessageWriter reply = new(MessageType.Reply, id);
        reply.WriteSuccess();
        reply.WriteInt32(0);
        Send(reply);
    }

    internal void SendWelcome(ushort version)
    {
        MessageWriter welcome = new(MessageType.Welcome, 0);
        welcome.WriteUInt16(version);
        welcome.WriteInt32(Environment.ProcessId);
        Send(welcome);
    }

    internal async Task AcceptAsync()
    {
        await _loop.WaitAsync(_listener.Handle, Readiness.Readable, TestContext.Current.CancellationToken);
        _client = _listener.TryAccept();
        Assert.NotNull(_client);
    }

    internal async Task<(MessageType Type, uint Id)> ReceiveAsync()
    {
        byte[] packet = new byte[KeeperWire.MaxPacketBytes];
        PacketAssembler assembler = new();
        while (true)
        {
            int count = _client!.TryReceive(packet, _files);
            if (count == Descriptor.WouldBlock)
            {
                await _loop.WaitAsync(_client.Handle, Readiness.Readable, TestContext.Current.CancellationToken);
                continue;
            }

            Assert.NotEqual(0, count);
            if (assembler.Add(packet.AsSpan(0, count), out ReadOnlySpan<byte> message))
            {
                MessageReader reader = new(message);
                return ((MessageType)reader.ReadByte(), reader.ReadUInt32());
            }
        }
    }

    /// <summary>The descriptors that came with what was received; the test disposes them.</summary>
    internal List<SafeFileHandle> Files => _files;

    internal void Send(MessageWriter message, params SafeFileHandle[] files)
    {
        PacketSplitter splitter = new(message.Written.Span);
        byte[] packet = new byte[KeeperWire.MaxPacketBytes];
        while (splitter.Next(packet) is int count and > 0)
        {
            Assert.True(_client!.TrySend(packet.AsSpan(0, count), files));
            files = [];
        }
    }

    internal void Disconnect() => _client?.Dispose();

    public void Dispose()
    {
        Disconnect();
        _listener.Dispose();
    }
}
