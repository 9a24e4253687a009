using System.Buffers.Text;
using System.Security.Cryptography;
using Crid.Core;

namespace Crid.Streaming;

/// <summary>
/// Requests that wait for their connection, each behind a token that is its only protection: random, good for one use, for a short time. The
/// table is bounded; it forgets what has expired when it is full.
/// </summary>
public sealed class TokenTable<T>(TimeProvider time)
{
    /// <summary>Requests that may wait at once.</summary>
    public const int Capacity = 1000;

    private const int TokenBytes = 16;

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = [];

    /// <summary>Keeps a request and returns its token, which can stand in a URL as it is.</summary>
    /// <exception cref="CridException"><see cref="ErrorKind.ResourceExhausted"/>: too many requests wait.</exception>
    public string Add(T request)
    {
        string token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));
        long now = time.GetTimestamp();
        lock (_lock)
        {
            if (_entries.Count >= Capacity && !ForgetExpired(now))
            {
                throw new CridException(ErrorKind.ResourceExhausted, $"{Capacity} streaming requests wait for their connection already");
            }

            _entries.Add(token, new Entry(request, now));
        }

        return token;
    }

    /// <summary>Takes the request of a token out of the table; false if it is unknown, used, or expired.</summary>
    public bool TryTake(string token, out T? request)
    {
        long now = time.GetTimestamp();
        lock (_lock)
        {
            bool found = _entries.Remove(token, out Entry entry) && !IsExpired(entry, now);
            request = found ? entry.Request : default;
            return found;
        }
    }

    private bool IsExpired(Entry entry, long now) => time.GetElapsedTime(entry.Added, now) > Lifetime;

    /// <summary>Drops what has expired; false if nothing has.</summary>
    private bool ForgetExpired(long now)
    {
        int before = _entries.Count;
        foreach ((string token, Entry entry) in _entries)
        {
            if (IsExpired(entry, now))
            {
                _entries.Remove(token);
            }
        }

        return _entries.Count < before;
    }

    private readonly record struct Entry(T Request, long Added);
}
