using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>The clients that see one output of a container. They come and go on the control thread, any thread writes to them.</summary>
internal sealed class AttachedClients(ControlLoop loop)
{
    private volatile AttachedClient[] _clients = [];

    /// <summary>Takes over the write end of a client's pipe.</summary>
    internal void Add(SafeFileHandle pipe)
    {
        Descriptor.SetNonBlocking(pipe);
        AttachedClient client = new(pipe);
        // No readiness is asked for, so the only event is that nobody has the read end any more.
        client.Token = loop.Watch(pipe, Readiness.None, _ => Remove(client));
        _clients = [.. _clients, client];
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
