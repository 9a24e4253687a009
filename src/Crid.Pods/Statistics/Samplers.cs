using System.Collections.Concurrent;

namespace Crid.Pods;

/// <summary>The samplers of what runs, each opened when it is asked for first and closed when its cgroup is gone or nobody runs in it.</summary>
internal sealed class Samplers<TId>(Func<string, ICgroupMeter?> open, TimeProvider time) : IDisposable
    where TId : notnull
{
    private readonly ConcurrentDictionary<TId, CgroupSampler> _samplers = [];
    private readonly Lock _lock = new();
    private bool _isDisposed;

    /// <summary>Null where the cgroup is gone.</summary>
    public CgroupSample? Read(TId id, string cgroupPath)
    {
        // A sampler that somebody else has closed says nothing of its cgroup: the container had only just begun when they looked.
        const int attempts = 2;
        for (int attempt = 0; attempt < attempts; attempt++)
        {
            CgroupSampler? sampler = Find(id, cgroupPath);
            if (sampler?.Read() is CgroupSample sample)
            {
                return sample;
            }

            if (sampler is null || _samplers.TryRemove(KeyValuePair.Create(id, sampler)))
            {
                sampler?.Dispose();
                break;
            }
        }

        return null;
    }

    /// <summary>Closes all samplers but those of <paramref name="live"/>.</summary>
    public void Retain(IReadOnlySet<TId> live)
    {
        foreach (TId id in _samplers.Keys)
        {
            if (!live.Contains(id) && _samplers.TryRemove(id, out CgroupSampler? sampler))
            {
                sampler.Dispose();
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            Retain(new HashSet<TId>());
        }
    }

    private CgroupSampler? Find(TId id, string cgroupPath)
    {
        if (_samplers.TryGetValue(id, out CgroupSampler? known))
        {
            return known;
        }

        // Opening is rare; the lock keeps two callers from opening the same files twice.
        lock (_lock)
        {
            if (_isDisposed || _samplers.TryGetValue(id, out known))
            {
                return known;
            }

            if (open(cgroupPath) is not ICgroupMeter meter)
            {
                return null;
            }

            return _samplers[id] = new CgroupSampler(meter, time);
        }
    }
}
