using Crid.Core;

namespace Crid.Pods;

/// <summary>
/// Asks the network plugins after a start whether the pods are attached as they were left, one after another and beside the first calls, and
/// tells of those that are not. Nothing is changed: only a new sandbox mends a network, and that is for the node agent to decide.
/// </summary>
internal sealed class CheckNetworks(PodsContext context)
{
    public void Begin() => _ = RunAsync();

    private async Task RunAsync()
    {
        try
        {
            await context.RunAsync("check the networks of pods", CheckAsync, CancellationToken.None);
        }
        catch (Exception exception)
        {
            PodsLog.BackgroundFailed(context.Logger, exception);
        }
    }

    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        foreach (Sandbox sandbox in context.Sandboxes.Listed.Where(static sandbox => sandbox.IsReady && sandbox.HasPodNetwork).ToList())
        {
            try
            {
                await context.Ports.Network.CheckAsync(sandbox.Id.Value, cancellationToken);
            }
            catch (CridException exception)
            {
                PodsLog.NetworkNotAsLeft(context.Logger, sandbox.Id.Value, exception.Message);
            }
        }
    }
}
