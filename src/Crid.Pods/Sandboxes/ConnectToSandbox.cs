using System.Net.Sockets;
using Crid.Core;

namespace Crid.Pods;

/// <summary>Connects to a port of a sandbox's loopback interface.</summary>
internal sealed class ConnectToSandbox(PodsContext context)
{
    public Task<Socket> ExecuteAsync(string id, int port, CancellationToken caller)
    {
        Sandbox sandbox = context.Sandboxes.Get(id);
        if (!sandbox.IsReady)
        {
            throw CridException.FailedPrecondition($"sandbox '{sandbox.Id.Short}' is not ready");
        }

        return context.Ports.Host.Loopback.ConnectAsync(sandbox.Status.Environment?.NetworkNamespace, port, caller);
    }
}
