using Crid.Core;
using Crid.Linux;

namespace Crid.Pods;

/// <summary>Starts the user's program of a created container; a failure leaves it exited with code 128 and reason StartError.</summary>
internal sealed class StartContainer(PodsContext context, ContainerExits exits)
{
    public Task ExecuteAsync(string id, CancellationToken caller)
    {
        Container container = context.Containers.Get(id);
        return context.RunAsync($"start container '{container.Id.Short}'", token => StartAsync(container.Id, token), caller);
    }

    /// <summary>Records that the program runs; its exit may have been recorded first.</summary>
    public Task<Container> RecordStartedAsync(ContainerId id)
    {
        DateTimeOffset now = context.Time.GetUtcNow();
        return context.Containers.UpdateAsync(
            id, current => current with { Status = current.Status.ToStarted(now), Intent = Intent.None });
    }

    private async Task StartAsync(ContainerId id, CancellationToken cancellationToken)
    {
        using IDisposable held = await context.ContainerLocks.AcquireAsync(id, cancellationToken);
        Container container = context.Containers.Find(id) ?? throw CridException.NotFound($"no container '{id}'");
        string doing = $"start container '{id.Short}'";
        container.Status.Require(ContainerState.Created, doing);
        if (context.Sandboxes.Find(container.SandboxId) is not { IsReady: true } sandbox)
        {
            throw CridException.FailedPrecondition($"{doing}: its sandbox '{container.SandboxId.Short}' is not ready");
        }

        await context.Containers.UpdateAsync(id, current => current with { Intent = Intent.Start });
        try
        {
            await context.Ports.Runtimes.Get(sandbox.RuntimeHandler).StartAsync(id, cancellationToken);
            await RecordStartedAsync(id);
        }
        catch (Exception exception)
        {
            await FailAsync(id, sandbox.RuntimeHandler, exception.Message);
            throw;
        }

        PodsLog.ContainerStarted(context.Logger, id.Value);
    }

    /// <summary>
    /// Records the failure first: the end of the process that is deleted then must not be taken for the container's own. Where that can't be
    /// done the process is killed all the same: the node agent takes the program for one that does not run, and will start another.
    /// </summary>
    private async Task FailAsync(ContainerId id, string handler, string message)
    {
        DateTimeOffset now = context.Time.GetUtcNow();
        try
        {
            await context.Containers.UpdateAsync(
                id, current => current with { Status = current.Status.ToStartError(now, message), Intent = Intent.None });
            using CancellationTokenSource timeout = new(context.Options.UndoTimeout, context.Time);
            await context.Ports.Runtimes.Get(handler).DeleteAsync(id, timeout.Token);
        }
        catch (Exception exception)
        {
            PodsLog.StartCleanupFailed(context.Logger, exception, id.Value);
            exits.Find(id)?.Signal(SignalNames.Kill);
        }
    }
}
