using Crid.Core;

namespace Crid.Images;

/// <summary>Counts how far a pull is.</summary>
internal sealed class PullTracker(ImageReference reference)
{
    private int _layersDone;
    private int _layersTotal;
    private long _received;
    private long _total;

    public PullProgress Current => new(
        reference, Volatile.Read(ref _layersDone), Volatile.Read(ref _layersTotal), Interlocked.Read(ref _received), Interlocked.Read(ref _total));

    public void Begin(int layers, long bytes)
    {
        Volatile.Write(ref _layersTotal, layers);
        Interlocked.Exchange(ref _total, bytes);
    }

    /// <summary>Counts for one layer from its beginning.</summary>
    public Attempt Begin() => new(this);

    public void CompleteLayer() => Interlocked.Increment(ref _layersDone);

    /// <summary>What one attempt to get a layer has received.</summary>
    internal sealed class Attempt(PullTracker tracker)
    {
        private long _received;

        public void Receive(int bytes)
        {
            Interlocked.Add(ref _received, bytes);
            Interlocked.Add(ref tracker._received, bytes);
            ImagesMetrics.ReceivedBytes.Add(bytes);
        }

        /// <summary>The layer begins again: what came counts no more as progress.</summary>
        public void TakeBack() => Interlocked.Add(ref tracker._received, -Interlocked.Exchange(ref _received, 0));
    }
}
