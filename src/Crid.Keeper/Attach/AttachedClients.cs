using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>The clients that see one output of a container. They come and go on the control thread, any thread writes to them.</summary>
internal sealed class AttachedClients(ControlLoop loop)
{
    private volatile AttachedClient[] _clients = [];

    /// <summary>Takes over the write end of a client's pipe; null where it wants none.</summary>
    internal void Add(SafeFileHandle? pipe)
    {
        if (pipe is null)
        {
            return;
        }

        Descriptor.SetNonBlocking(pipe);
        AttachedClient client = new(pipe);
        // No readiness is asked for, so the only event is that nobody has the read end any more.
        client.Token = loop.Watch(pipe, Readiness.None, _ => Remove(client));
        _clients = [.. _clients, client];
    }

    /// <summary>Writes what a later keeper needs to go on.</summary>
    internal void HandOver(HandoverWriter writer)
    {
        writer.Values.WriteInt32(_clients.Length);
        foreach (AttachedClient client in _clients)
        {
            writer.WriteFile(client.Pipe);
        }
    }

    internal void TakeOver(ref MessageReader reader)
    {
        int count = reader.ReadCount(minimumBytesEach: sizeof(int));
        for (int i = 0; i < count; i++)
        {
            Add(Handover.TakeFile(ref reader));
        }
    }

    internal void ThrowIfFull()
    {
        if (_clients.Length >= AttachRequest.MaxClients)
        {
            throw new CridException(ErrorKind.ResourceExhausted, $"{AttachRequest.MaxClients} clients are attached already");
        }
    }

    internal void Write(ReadOnlySpan<byte> output)
    {
        foreach (AttachedClient client in _clients)
        {
            client.Write(output);
        }
    }

    internal void Remove(SafeFileHandle? pipe)
    {
        if (Array.Find(_clients, client => client.Pipe == pipe) is AttachedClient client)
        {
            Remove(client);
        }
    }

    internal void CloseAll()
    {
        foreach (AttachedClient client in _clients)
        {
            Remove(client);
        }
    }

    private void Remove(AttachedClient client)
    {
        _clients = [.. _clients.Where(other => other != client)];
        loop.Unwatch(client.Pipe, client.Token);
        client.Close();
    }
}
