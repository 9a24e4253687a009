using System.Threading.Channels;
using Crid.Core;

namespace Crid.Pods;

/// <summary>
/// The events of one subscriber, each exactly once and in order. Events wait for a slow reader up to a limit; past it the stream ends with
/// an error after those that are waiting, so that the reader knows that it has to look for itself.
/// </summary>
public sealed class PodEventStream : IDisposable
{
    /// <summary>The busiest second of a large node has some hundred events.</summary>
    public const int Capacity = 2048;

    private readonly Channel<PodEvent> _events =
        Channel.CreateBounded<PodEvent>(new BoundedChannelOptions(Capacity) { SingleReader = true, SingleWriter = true });

    private readonly Action<PodEventStream> _onDispose;

    /// <param name="onDispose">Called when the reader has had enough.</param>
    public PodEventStream(Action<PodEventStream> onDispose) => _onDispose = onDispose;

    /// <summary>The events until the stream ends.</summary>
    /// <exception cref="CridException">ResourceExhausted: this reader was too slow. Unavailable: the service closes.</exception>
    public IAsyncEnumerable<PodEvent> ReadAllAsync(CancellationToken cancellationToken) => _events.Reader.ReadAllAsync(cancellationToken);

    /// <summary>Ends the stream.</summary>
    public void Dispose() => _onDispose(this);

    /// <summary>Adds an event; for one writer at a time.</summary>
    public void Publish(PodEvent podEvent)
    {
        if (!_events.Writer.TryWrite(podEvent))
        {
            _events.Writer.TryComplete(new CridException(
                ErrorKind.ResourceExhausted, $"events are lost: {Capacity} were waiting to be read; list again and subscribe anew"));
        }
    }

    /// <summary>Ends the stream because the service closes.</summary>
    public void Close() => _events.Writer.TryComplete(new CridException(ErrorKind.Unavailable, "crid is stopping"));
}
