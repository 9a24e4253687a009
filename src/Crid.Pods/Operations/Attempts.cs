using Crid.Core;

namespace Crid.Pods;

/// <summary>
/// Makings that are in flight, by the identity of what is made. A request of the same identity joins the attempt in flight and gets its
/// answer, also when the one that began it has gone; a result that nobody waits for stays, and the next request of its identity finds it.
/// </summary>
internal sealed class Attempts<TIdentity, TId>(DetachedWork work, TimeSpan timeout)
    where TIdentity : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TIdentity, Attempt> _inFlight = [];

    /// <summary>Joins the attempt of that identity or begins one.</summary>
    /// <param name="name">What is done, for messages.</param>
    /// <param name="spec">The request in its canonical form; an attempt in flight is joined only by an equal one.</param>
    /// <exception cref="CridException">AlreadyExists: an attempt with another spec is in flight.</exception>
    public Task<TId> JoinOrStartAsync(
        string name, TIdentity identity, byte[] spec, Func<CancellationToken, Task<TId>> make, CancellationToken caller)
    {
        Attempt attempt;
        lock (_lock)
        {
            if (_inFlight.TryGetValue(identity, out Attempt? running))
            {
                attempt = running.Spec.AsSpan().SequenceEqual(spec)
                    ? running
                    : throw new CridException(ErrorKind.AlreadyExists, $"{name}: a request with another specification is in flight");
            }
            else
            {
                attempt = new Attempt(spec);
                _inFlight.Add(identity, attempt);
                attempt.Result = work.Start(name, timeout, token => MakeAsync(identity, attempt, make, token), attempt.Stop.Token);
            }
        }

        return work.WaitAsync(name, attempt.Result, caller);
    }

    /// <summary>Ends the attempt of an identity, if there is one, and waits until it is rolled back or done.</summary>
    public async Task CancelAsync(TIdentity identity, CancellationToken cancellationToken)
    {
        Attempt? attempt;
        lock (_lock)
        {
            attempt = _inFlight.GetValueOrDefault(identity);
        }

        if (attempt is not null)
        {
            await attempt.Stop.CancelAsync();
            await Task.WhenAny(attempt.Result).WaitAsync(cancellationToken);
        }
    }

    private async Task<TId> MakeAsync(TIdentity identity, Attempt attempt, Func<CancellationToken, Task<TId>> make, CancellationToken token)
    {
        // Leaves the caller's lock before anything else happens.
        await Task.Yield();
        try
        {
            return await make(token);
        }
        finally
        {
            lock (_lock)
            {
                _inFlight.Remove(identity);
            }
        }
    }

    private sealed class Attempt(byte[] spec)
    {
        public byte[] Spec { get; } = spec;

        // Without a timer and linked sources are disposed by their owner, so there is nothing to dispose here.
        public CancellationTokenSource Stop { get; } = new();

        public Task<TId> Result { get; set; } = null!;
    }
}
