using Microsoft.Extensions.Logging;

namespace Crid.Keeper.Protocol;

/// <summary>The listeners to exits; what happens before there is one is held for it.</summary>
internal sealed class ExitEvents(ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly List<ProcessExit> _held = [];
    private Action<ProcessExit>? _listeners;

    internal void Add(Action<ProcessExit>? listener)
    {
        ProcessExit[] held;
        lock (_lock)
        {
            _listeners += listener;
            held = _held.ToArray();
            _held.Clear();
        }

        foreach (ProcessExit exit in held)
        {
            Raise(exit);
        }
    }

    internal void Remove(Action<ProcessExit>? listener)
    {
        lock (_lock)
        {
            _listeners -= listener;
        }
    }

    internal void Raise(ProcessExit exit)
    {
        Action<ProcessExit>? listeners;
        lock (_lock)
        {
            listeners = _listeners;
            if (listeners is null)
            {
                _held.Add(exit);
                return;
            }
        }

        try
        {
            listeners(exit);
        }
        catch (Exception e)
        {
            KeeperClientLog.ListenerFailed(logger, e, exit.Id);
        }
    }
}
