using System.Runtime.ExceptionServices;

namespace Crid.Images;

/// <summary>Gets all layers of an image at once and tells each, should it ask, when those below it are complete.</summary>
internal sealed class LayerStack(LayerFetcher fetcher, LayerStore store)
{
    /// <summary>The layers, bottom first, held for the caller. On failure none is held.</summary>
    public async Task<IReadOnlyList<Layer>> GetAsync(IReadOnlyList<LayerRequest> requests, PullTracker tracker, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ParentLayers[] parents = [.. requests.Select(static _ => new ParentLayers())];
        Task<Layer>[] fetches = [.. requests.Select((request, i) => GetOneAsync(request, parents[i], tracker, stop))];
        try
        {
            List<Layer> layers = [];
            for (int i = 0; i < fetches.Length; i++)
            {
                parents[i].Complete(requests[i].StandsAlone ? [] : [.. layers.AsEnumerable().Reverse().Select(store.GetDirectory)]);
                layers.Add(await fetches[i]);
            }

            return layers;
        }
        catch
        {
            await stop.CancelAsync();
            Array.ForEach(parents, static parent => parent.Abandon());
            await ((Task)Task.WhenAll(fetches)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (Task<Layer> fetch in fetches.Where(static fetch => fetch.IsCompletedSuccessfully))
            {
                store.Release([await fetch]);
            }

            ThrowCause(fetches, cancellationToken);
            throw;
        }
    }

    private async Task<Layer> GetOneAsync(LayerRequest request, ParentLayers parents, PullTracker tracker, CancellationTokenSource stop)
    {
        try
        {
            Layer layer = await fetcher.GetAsync(request, parents, tracker, stop.Token);
            tracker.CompleteLayer();
            return layer;
        }
        catch
        {
            // The first failure ends the pull: the others need not be downloaded to their end.
            await stop.CancelAsync();
            throw;
        }
    }

    // Layers that were stopped because another failed report a cancellation, which is not what the caller should see.
    private static void ThrowCause(Task<Layer>[] fetches, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Exception? cause = fetches.Select(static fetch => fetch.Exception?.InnerException).FirstOrDefault(static failure => failure is not (null or ParentsAbandonedException));
        if (cause is not null)
        {
            ExceptionDispatchInfo.Throw(cause);
        }
    }
}
