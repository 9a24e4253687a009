using System.Runtime.InteropServices;

namespace Crid.Cli;

/// <summary>SIGINT and SIGTERM as cancellation: the first asks to end in order, the second to end at once.</summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _first = new();
    private readonly CancellationTokenSource _second = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _count;

    private Interrupts(bool listen)
    {
        _registrations = listen
            ? [PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal)]
            : [];
    }

    public CancellationToken First => _first.Token;

    public CancellationToken Second => _second.Token;

    public static Interrupts Listen() => new(listen: true);

    /// <summary>Without signals; <see cref="Raise"/> stands for them.</summary>
    public static Interrupts Manual() => new(listen: false);

    public void Raise() => (Interlocked.Increment(ref _count) == 1 ? _first : _second).Cancel();

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _first.Dispose();
        _second.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        Raise();
    }
}
