using Crid.Linux;

namespace Crid.Keeper;

/// <summary>
/// A thread that waits until some child has ended and tells the control thread, which does the reaping. So no pid that the control
/// thread knows as unreaped can be another's, and orphans that were never asked for are reaped too.
/// </summary>
internal sealed class Reaper(ControlLoop loop, Action reapAll)
{
    private readonly object _gate = new();
    private bool _resumed;

    internal void Start() => new Thread(Run, maxStackSize: 128 << 10) { IsBackground = true, Name = "reaper" }.Start();

    /// <summary>Says that all ended children were reaped or that there is a new child.</summary>
    internal void Resume()
    {
        lock (_gate)
        {
            _resumed = true;
            Monitor.Pulse(_gate);
        }
    }

    private void Run()
    {
        while (true)
        {
            if (ChildProcesses.WaitForAny())
            {
                loop.Post(reapAll);
            }

            lock (_gate)
            {
                while (!_resumed)
                {
                    Monitor.Wait(_gate);
                }

                _resumed = false;
            }
        }
    }
}
