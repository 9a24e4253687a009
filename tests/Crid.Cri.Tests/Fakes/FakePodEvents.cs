using Crid.Pods;

namespace Crid.Cri.Tests;

/// <summary>Gives every subscriber the same events and then closes.</summary>
internal sealed class FakePodEvents : IPodEvents
{
    public List<PodEvent> Events { get; } = [];

    /// <summary>Streams that nobody has disposed.</summary>
    public int Open { get; private set; }

    public PodEventStream Subscribe()
    {
        PodEventStream stream = new(_ => Open--);
        Open++;
        Events.ForEach(stream.Publish);
        stream.Close();
        return stream;
    }
}
