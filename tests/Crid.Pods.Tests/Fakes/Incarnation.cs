namespace Crid.Pods.Tests;

/// <summary>
/// One life of the daemon on a machine. Whatever it does to the machine is a numbered step, at which a fault can be set; after a crash no step
/// has any effect.
/// </summary>
public sealed class Incarnation(Machine machine)
{
    private readonly Dictionary<string, TaskCompletionSource> _gates = [];
    private readonly Dictionary<string, TaskCompletionSource> _arrivals = [];
    private int _count;

    public Machine Machine { get; } = machine;

    /// <summary>The steps that were taken, by name.</summary>
    public List<string> Steps { get; } = [];

    /// <summary>Steps that fail each time they are tried.</summary>
    public HashSet<string> Broken { get; } = [];

    /// <summary>The number of the step, from 1, at which the fault strikes.</summary>
    public int? FaultAt { get; set; }

    public FaultKind Fault { get; set; }

    public bool HasCrashed { get; private set; }

    /// <summary>Whether the fault has struck.</summary>
    public bool HasStruck { get; private set; }

    /// <summary>Counts steps anew, from the next on.</summary>
    public void SetFault(int step, FaultKind kind)
    {
        _count = 0;
        FaultAt = step;
        Fault = kind;
    }

    public void Crash()
    {
        HasCrashed = true;
        Machine.Listener = null;
    }

    /// <summary>Holds a step until it is let go; the task completes when somebody has come to it.</summary>
    public Task Hold(string step)
    {
        _gates[step] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _arrivals[step] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _arrivals[step].Task;
    }

    public void LetGo(string step) => _gates[step].TrySetResult();

    public async Task StepAsync(string name, Action effect, CancellationToken cancellationToken = default)
    {
        if (_gates.TryGetValue(name, out TaskCompletionSource? gate))
        {
            _arrivals[name].TrySetResult();
            await gate.Task.WaitAsync(cancellationToken);
        }

        Step(name, effect);
    }

    public void Step(string name, Action effect) => Machine.Locked(() =>
    {
        if (HasCrashed)
        {
            throw new FakeFaultException(name);
        }

        Steps.Add(name);
        bool strikes = ++_count == FaultAt;
        HasStruck |= strikes;
        if (Broken.Contains(name) || (strikes && Fault == FaultKind.FailBefore))
        {
            throw new FakeFaultException(name);
        }

        effect();
        if (strikes)
        {
            if (Fault == FaultKind.Crash)
            {
                Crash();
            }

            throw new FakeFaultException(name);
        }

        return true;
    });

    /// <summary>A look at the machine: no step of its own, but impossible after a crash.</summary>
    public T Look<T>(Func<T> look) => Machine.Locked(() => HasCrashed ? throw new FakeFaultException("look") : look());
}
