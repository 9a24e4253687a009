namespace Crid.Pods;

/// <summary>
/// Makes events of the changes of records. Each follows from the record before and after a change, which the stores make known once and in
/// order, so no path through the program can forget one or tell one twice.
/// </summary>
internal sealed class PodEvents : IPodEvents
{
    private readonly SandboxStore _sandboxes;
    private readonly ContainerStore _containers;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private volatile PodEventStream[] _streams = [];
    private DateTimeOffset _last;
    private bool _isClosed;

    public PodEvents(SandboxStore sandboxes, ContainerStore containers, TimeProvider time)
    {
        _sandboxes = sandboxes;
        _containers = containers;
        _time = time;
        sandboxes.Changed = OnSandboxChanged;
        containers.Changed = OnContainerChanged;
    }

    public PodEventStream Subscribe()
    {
        PodEventStream stream = new(Remove);
        lock (_lock)
        {
            if (_isClosed)
            {
                stream.Close();
            }
            else
            {
                _streams = [.. _streams, stream];
            }
        }

        return stream;
    }

    /// <summary>Ends all streams.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            Array.ForEach(_streams, static stream => stream.Close());
            _streams = [];
        }
    }

    private void OnSandboxChanged(Sandbox? before, Sandbox? after)
    {
        if (_streams.Length == 0 || (after ?? before) is not Sandbox sandbox)
        {
            return;
        }

        bool wasReady = before is { IsReady: true };
        bool isReady = after is { IsReady: true };
        Publish(sandbox.Id.Value, PodEventKind.Created, sandbox, when: before is null);
        Publish(sandbox.Id.Value, PodEventKind.Started, sandbox, when: isReady && !wasReady);
        Publish(sandbox.Id.Value, PodEventKind.Stopped, sandbox, when: wasReady && !isReady);
        Publish(sandbox.Id.Value, PodEventKind.Deleted, sandbox, when: after is null);
    }

    private void OnContainerChanged(Container? before, Container? after)
    {
        // Only recovery meets containers without a sandbox, and it ends before anybody can subscribe.
        if (_streams.Length == 0 || (after ?? before) is not Container container || _sandboxes.Find(container.SandboxId) is not Sandbox sandbox)
        {
            return;
        }

        string id = container.Id.Value;
        Publish(id, PodEventKind.Created, sandbox, when: before is null);
        Publish(id, PodEventKind.Started, sandbox, when: WasStarted(after) && !WasStarted(before));
        Publish(id, PodEventKind.Stopped, sandbox, when: HasStopped(after) && !HasStopped(before));
        Publish(id, PodEventKind.Deleted, sandbox, when: after is null);
    }

    private static bool WasStarted(Container? container) => container?.Status.StartedAt is not null;

    // A program may end before its start is recorded: nobody is told of an end before the beginning.
    private static bool HasStopped(Container? container) => container is { Status.State: ContainerState.Exited, Intent: not Intent.Start };

    private void Publish(string id, PodEventKind kind, Sandbox sandbox, bool when)
    {
        if (!when)
        {
            return;
        }

        lock (_lock)
        {
            DateTimeOffset now = _time.GetUtcNow();
            _last = now > _last ? now : _last;
            PodEvent podEvent = new(id, kind, _last, sandbox, [.. _containers.Of(sandbox.Id).Where(static container => container.IsListed)]);
            Array.ForEach(_streams, stream => stream.Publish(podEvent));
        }
    }

    private void Remove(PodEventStream stream)
    {
        lock (_lock)
        {
            _streams = [.. _streams.Where(other => other != stream)];
        }
    }
}
