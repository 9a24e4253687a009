using System.Collections.Concurrent;
using Crid.Core;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper.Protocol;

/// <summary>One connection to a keeper: requests in flight by id, and its events, until it breaks.</summary>
internal sealed class KeeperConnection : IDisposable
{
    private readonly EventLoop _loop;
    private readonly UnixSocket _socket;
    private readonly SafeFileHandle _writable;
    private readonly Action<ProcessExit> _exited;
    private readonly HeldFiles _held;
    private readonly ConcurrentDictionary<uint, TaskCompletionSource<KeeperReply>> _pending = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly TaskCompletionSource _welcomed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private uint _lastRequestId;
    private volatile bool _broken;

    internal KeeperConnection(EventLoop loop, UnixSocket socket, Action<ProcessExit> exited, HeldFiles held)
    {
        _loop = loop;
        _socket = socket;
        _exited = exited;
        _held = held;
        // The loop takes one wait for a descriptor, and both directions may have to wait.
        _writable = Descriptor.Duplicate(socket.Handle);
    }

    /// <summary>Completes when both sides have agreed on a version.</summary>
    internal Task Welcomed => _welcomed.Task;

    /// <summary>The protocol version that both sides speak; of use once <see cref="Welcomed"/>.</summary>
    internal ushort Version { get; private set; }

    internal int KeeperPid { get; private set; }

    internal async Task SayHelloAsync(ushort newestVersion, CancellationToken cancellationToken)
    {
        MessageWriter hello = new(MessageType.Hello, requestId: 0);
        hello.WriteUInt32(KeeperWire.Magic);
        hello.WriteUInt16(KeeperWire.OldestVersion);
        hello.WriteUInt16(newestVersion);
        await SendAsync(hello.Written, [], cancellationToken);
    }

    /// <summary>
    /// Gives the keeper what is held for it, before anything is asked of it: it may not be the one that gave it. Then waits until it has given
    /// all that is to be held now. False where the connection has broken.
    /// </summary>
    internal async Task<bool> ExchangeHeldAsync(CancellationToken cancellationToken)
    {
        if (Version < KeeperWire.AttachVersion)
        {
            return true;
        }

        await ReturnHeldAsync(cancellationToken);
        try
        {
            // What the keeper gives comes before its answer to the next question, whatever that is.
            await RequestAsync(MessageType.List, static (_, _) => { }, [], cancellable: false, CancellationToken.None, cancellationToken);
            return true;
        }
        catch (CridException)
        {
            return false;
        }
    }

    private async Task ReturnHeldAsync(CancellationToken cancellationToken)
    {
        foreach ((string id, IReadOnlyList<HeldFile> files) in _held.Copy())
        {
            try
            {
                MessageWriter message = new(MessageType.Return, requestId: 0);
                message.Write(id, files);
                await SendAsync(message.Written, [.. files.Select(static file => file.File)], cancellationToken);
            }
            finally
            {
                HeldFiles.Close(files);
            }
        }

        await SendAsync(new MessageWriter(MessageType.Returned, requestId: 0).Written, [], cancellationToken);
    }

    /// <summary>Receives until the connection breaks, then fails what is in flight. Returns why it broke.</summary>
    internal async Task<string> ReceiveAsync(CancellationToken cancellationToken)
    {
        string reason = "the keeper closed the connection";
        try
        {
            await ReceiveMessagesAsync(cancellationToken);
        }
        catch (Exception e) when (e is LinuxException or InvalidDataException or CridException)
        {
            reason = e.Message;
            _welcomed.TrySetException(e);
        }
        finally
        {
            _broken = true;
            CridException lost = Lost(reason);
            _welcomed.TrySetException(lost);
            _ = _welcomed.Task.Exception;
            foreach (uint id in _pending.Keys)
            {
                if (_pending.TryRemove(id, out TaskCompletionSource<KeeperReply>? pending))
                {
                    pending.TrySetException(lost);
                }
            }
        }

        return reason;
    }

    /// <summary>
    /// Sends a request and waits for its reply. The body is written for the version that both sides speak. Cancellation makes the keeper kill
    /// the command where <paramref name="cancellable"/>, and the caller learns of it once that has ended, so that nothing runs on behind its
    /// back; the same where <paramref name="patience"/> ends, though a keeper that does not answer is not waited for then.
    /// </summary>
    internal async Task<KeeperReply> RequestAsync(
        MessageType type,
        Action<MessageWriter, ushort> body,
        SafeFileHandle[] files,
        bool cancellable,
        CancellationToken patience,
        CancellationToken cancellationToken)
    {
        uint id = Interlocked.Increment(ref _lastRequestId);
        TaskCompletionSource<KeeperReply> pending = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending[id] = pending;
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(patience, cancellationToken);
        try
        {
            MessageWriter message = new(type, id);
            body(message, Version);
            await SendRequestAsync(message.Written, files, ending.Token);
            return await pending.Task.WaitAsync(ending.Token);
        }
        catch (OperationCanceledException)
        {
            await GiveUpAsync(id, pending.Task, cancellable, patience);
            cancellationToken.ThrowIfCancellationRequested();
            throw Lost("it does not answer");
        }
        finally
        {
            _pending.TryRemove(id, out _);
        }
    }

    /// <exception cref="RequestUnsentException">The keeper does not have the whole request, so it does nothing for it.</exception>
    private async Task SendRequestAsync(ReadOnlyMemory<byte> request, SafeFileHandle[] files, CancellationToken cancellationToken)
    {
        if (_broken)
        {
            throw new RequestUnsentException("the connection is closed");
        }

        try
        {
            await SendAsync(request, files, cancellationToken);
        }
        catch (LinuxException e)
        {
            throw new RequestUnsentException(e.Message);
        }
        catch (ObjectDisposedException)
        {
            throw new RequestUnsentException("the connection is closed");
        }
    }

    /// <summary>Nobody wants the reply any more. A command is killed for that, and waited for as long as there is patience.</summary>
    private async Task GiveUpAsync(uint id, Task<KeeperReply> reply, bool cancellable, CancellationToken patience)
    {
        if (cancellable)
        {
            Task canceling = SendAsync(new MessageWriter(MessageType.Cancel, id).Written, [], CancellationToken.None);
            try
            {
                await canceling.WaitAsync(patience);
                await reply.WaitAsync(patience);
            }
            catch (Exception e) when (e is OperationCanceledException or LinuxException or ObjectDisposedException)
            {
                // It is killed as soon as the keeper reads on, or by the next one where this is gone.
                _ = canceling.ContinueWith(static task => _ = task.Exception, TaskScheduler.Default);
            }
        }

        if (!_pending.TryRemove(id, out _))
        {
            // The reply came at the same moment.
            (await reply).DisposeFiles();
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _writable.Dispose();
        _sending.Dispose();
    }

    private async Task SendAsync(ReadOnlyMemory<byte> message, SafeFileHandle[] files, CancellationToken cancellationToken)
    {
        if (message.Length > KeeperWire.MaxMessageBytes)
        {
            throw CridException.InvalidArgument($"a request of {message.Length} bytes is larger than the keeper takes");
        }

        await _sending.WaitAsync(cancellationToken);
        try
        {
            // A message is sent whole once begun, or the peer would take the next one for its rest.
            for (int offset = 0; offset < message.Length; offset += KeeperWire.MaxPacketBytes - 1)
            {
                ReadOnlyMemory<byte> rest = message[offset..];
                byte[] packet = new byte[Math.Min(rest.Length + 1, KeeperWire.MaxPacketBytes)];
                packet[0] = rest.Length > packet.Length - 1 ? KeeperWire.MorePackets : KeeperWire.LastPacket;
                rest.Span[..(packet.Length - 1)].CopyTo(packet.AsSpan(1));
                while (!_socket.TrySend(packet, offset == 0 ? files : []))
                {
                    await _loop.WaitAsync(_writable, Readiness.Writable, offset == 0 ? cancellationToken : CancellationToken.None);
                }
            }
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReceiveMessagesAsync(CancellationToken cancellationToken)
    {
        byte[] packet = new byte[KeeperWire.MaxPacketBytes];
        List<SafeFileHandle> files = [];
        PacketAssembler assembler = new();
        try
        {
            while (true)
            {
                int count = _socket.TryReceive(packet, files);
                if (count == 0)
                {
                    return;
                }

                if (count == Descriptor.WouldBlock)
                {
                    await _loop.WaitAsync(_socket.Handle, Readiness.Readable, cancellationToken);
                }
                else if (assembler.Add(packet.AsSpan(0, count), out ReadOnlySpan<byte> message))
                {
                    Handle(message, files);
                    DisposeAll(files);
                }
            }
        }
        finally
        {
            DisposeAll(files);
        }
    }

    /// <summary>Takes descriptors that are wanted out of the list.</summary>
    private void Handle(ReadOnlySpan<byte> message, List<SafeFileHandle> files)
    {
        MessageReader reader = new(message);
        MessageType type = (MessageType)reader.ReadByte();
        uint id = reader.ReadUInt32();
        const int HeadLength = sizeof(byte) + sizeof(uint);
        switch (type)
        {
            case MessageType.Welcome:
                Version = reader.ReadUInt16();
                KeeperPid = reader.ReadInt32();
                _welcomed.TrySetResult();
                break;
            case MessageType.Hold:
                IReadOnlyList<HeldFile> held = KeeperMessages.ReadHeld(ref reader, files, out string owner);
                _held.Hold(owner, [.. held]);
                files.Clear();
                break;
            case MessageType.Release:
                byte kind = reader.ReadByte();
                _held.Release(reader.ReadString(), kind == 0 ? null : (HeldKind)kind);
                break;
            case MessageType.Exited:
                _exited(KeeperMessages.ReadProcessExit(ref reader));
                break;
            case MessageType.Reply when _pending.TryRemove(id, out TaskCompletionSource<KeeperReply>? pending):
                pending.TrySetResult(new KeeperReply(message[HeadLength..].ToArray(), files.ToArray()));
                files.Clear();
                break;
            case MessageType.Reply when id == 0:
                throw KeeperMessages.ReadFailure(ref reader) ?? CridException.FailedPrecondition("the keeper answered nothing that was asked");
            default:
                // A reply nobody waits for any more, or an event of a later version.
                break;
        }
    }

    private static void DisposeAll(List<SafeFileHandle> files)
    {
        foreach (SafeFileHandle file in files)
        {
            file.Dispose();
        }

        files.Clear();
    }

    private static CridException Lost(string reason) => new(ErrorKind.Unavailable, $"crid-keeper: {reason}");
}
