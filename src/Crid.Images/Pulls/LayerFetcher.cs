using Crid.Core;
using Microsoft.Extensions.Logging;

namespace Crid.Images;

/// <summary>Gets layers into the store: each is fetched and unpacked once, however many images ask for it at the same time.</summary>
internal sealed class LayerFetcher
{
    /// <summary>Layers that may wait for those below them with what they have received in memory; any other begins again.</summary>
    private const int MostWaiting = 1;

    private readonly LayerStore _store;
    private readonly LayerUnpacker _unpacker;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly LayerSlots _slots;
    private readonly SemaphoreSlim _waiting = new(MostWaiting);
    private readonly SharedOperations<(string Registry, string Key), Layer> _fetches;

    public LayerFetcher(LayerStore store, ImagesOptions options, TimeProvider time, ILogger logger)
    {
        _store = store;
        _unpacker = new LayerUnpacker(options.Limits, LayerDecoders.Fastest);
        _time = time;
        _logger = logger;
        _slots = new LayerSlots(options.ConcurrentLayers);
        _fetches = new SharedOperations<(string Registry, string Key), Layer>(layer => store.Release([layer]));
    }

    /// <summary>The layer, held for the caller.</summary>
    public async Task<Layer> GetAsync(LayerRequest request, ParentLayers parents, PullTracker tracker, CancellationToken cancellationToken)
    {
        bool again = false;
        while (true)
        {
            Layer? layer = _store.FindAndHold(request.Key, request.KeyAboveParents);
            if (layer is not null)
            {
                return layer;
            }

            bool isOwn = false;
            try
            {
                layer = await _fetches.RunAsync(
                    (request.Registry, request.Key),
                    token =>
                    {
                        isOwn = true;
                        return FetchAsync(request, parents, tracker, token);
                    },
                    _ => _store.FindAndHold(request.Key, request.KeyAboveParents),
                    cancellationToken);
            }
            catch (ParentsAbandonedException) when (!parents.IsAbandoned)
            {
                // The pull that began this layer has left; this one goes on with its own stack.
            }
            catch (Exception) when (!isOwn && !again && !cancellationToken.IsCancellationRequested)
            {
                // Another pull's repository, credentials or stack may be what failed: this one tries with its own, once.
                again = true;
            }

            if (layer is not null)
            {
                return layer;
            }
        }
    }

    private async Task<Layer> FetchAsync(LayerRequest request, ParentLayers parents, PullTracker tracker, CancellationToken cancellationToken)
    {
        while (true)
        {
            PullTracker.Attempt attempt = tracker.Begin();
            try
            {
                await _slots.EnterAsync(tracker, cancellationToken);
                return await FetchOnceAsync(request, parents, attempt, new LayerSlot(_slots, tracker, _waiting), cancellationToken);
            }
            catch (ParentsNotReadyException)
            {
                attempt.TakeBack();
                await parents.WaitAsync(cancellationToken);
            }
        }
    }

    private async Task<Layer> FetchOnceAsync(
        LayerRequest request, ParentLayers parents, PullTracker.Attempt attempt, LayerSlot slot, CancellationToken cancellationToken)
    {
        // A layer that waits for those below must not keep them from starting.
        parents.Waiting = slot.LeaveToWait;
        try
        {
            return await UnpackAsync(request, parents, attempt, cancellationToken);
        }
        finally
        {
            slot.Leave();
        }
    }

    private async Task<Layer> UnpackAsync(LayerRequest request, ParentLayers parents, PullTracker.Attempt attempt, CancellationToken cancellationToken)
    {
        using MeasuredWork work = MeasuredWork.Begin(ImagesMetrics.Layers, "fetch layer");
        work.Note("crid.layer.key", request.Key);
        using ReservedLayer reserved = _store.Reserve();
        try
        {
            long started = _time.GetTimestamp();
            using Stream source = request.Open();
            LayerContent content = await _unpacker.UnpackAsync(source, request.Blob, reserved.Directory, parents, attempt.Receive, cancellationToken);
            if (request.DiffId is { } expected && content.DiffId != expected)
            {
                throw CridException.InvalidArgument($"the layer unpacks to {content.DiffId}, the image names {expected}");
            }

            string key = content.DependsOnParents ? request.KeyAboveParents : request.Key;
            Layer layer = await _store.CommitAsync(reserved, key, content);
            work.Succeed();
            ImagesLog.LayerUnpacked(_logger, content.DiffId.Value, reserved.Number, content.Bytes, (long)_time.GetElapsedTime(started).TotalMilliseconds);
            return layer;
        }
        catch
        {
            _store.RemoveTree(reserved.Directory);
            throw;
        }
    }
}
