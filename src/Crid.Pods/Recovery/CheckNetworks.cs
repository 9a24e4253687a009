using Crid.Core;

namespace Crid.Pods;

/// <summary>
/// Asks the network plugins after a start whether the pods are attached as they were left, one after another and beside the first calls, and
/// tells of those that are not. Nothing is changed: only a new sandbox mends a network, and that is for the node agent to decide.
/// </summary>
internal sealed class CheckNetworks(PodsContext context)
{
    /// <param name="closing">Ends the check, of which nothing is left to be undone.</param>
    public void Begin(CancellationToken closing) => _ = RunAsync(closing);

    private async Task RunAsync(CancellationToken closing)
    {
        try
        {
            await context.RunAsync("check the networks of pods", token => CheckAsync(token, closing), CancellationToken.None);
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            // The next start checks anew.
        }
        catch (Exception exception)
        {
            PodsLog.BackgroundFailed(context.Logger, exception);
        }
    }

    private async Task CheckAsync(CancellationToken deadline, CancellationToken closing)
    {
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(deadline, closing);
        foreach (Sandbox sandbox in context.Sandboxes.Listed.Where(static sandbox => sandbox.IsReady && sandbox.HasPodNetwork).ToList())
        {
            try
            {
                await context.Ports.Network.CheckAsync(sandbox.Id.Value, both.Token);
            }
            catch (CridException exception)
            {
                PodsLog.NetworkNotAsLeft(context.Logger, sandbox.Id.Value, exception.Message);
            }
        }
    }
}
