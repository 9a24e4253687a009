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

    public void Receive(int bytes)
    {
        Interlocked.Add(ref _received, bytes);
        ImagesMetrics.ReceivedBytes.Add(bytes);
    }

    public void CompleteLayer() => Interlocked.Increment(ref _layersDone);
}
