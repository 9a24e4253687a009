using Crid.Core;
using Crid.Keeper.Protocol;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>Where the answer to one request goes. Two are equal if they answer the same request.</summary>
internal sealed record Reply(ClientConnection Client, uint RequestId)
{
    internal void Succeed(Action<MessageWriter>? result = null)
    {
        MessageWriter writer = new(MessageType.Reply, RequestId);
        writer.WriteSuccess();
        result?.Invoke(writer);
        Client.Send(writer);
    }

    /// <summary>Succeeds with a descriptor, which is closed here.</summary>
    internal void SucceedWith(SafeFileHandle? file, Action<MessageWriter>? result = null)
    {
        MessageWriter writer = new(MessageType.Reply, RequestId);
        writer.WriteSuccess();
        result?.Invoke(writer);
        using (file)
        {
            Client.Send(writer, file is null ? [] : [file]);
        }
    }

    internal void Fail(Exception failure)
    {
        MessageWriter writer = new(MessageType.Reply, RequestId);
        writer.WriteFailure(failure is CridException known ? known.Kind : ErrorKind.Internal, failure.Message);
        Client.Send(writer);
    }
}
