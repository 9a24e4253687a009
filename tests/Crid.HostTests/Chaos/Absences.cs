namespace Crid.HostTests;

/// <summary>When a program was not there: from each kill until its successor had taken over.</summary>
internal sealed class Absences
{
    private readonly Lock _lock = new();
    private readonly List<(DateTime From, DateTime To)> _past = [];
    private DateTime? _since;

    /// <summary>It was killed; nothing changes where it is away already.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            _since ??= TimeProvider.System.GetUtcNow().UtcDateTime;
        }
    }

    /// <summary>It answered something that it was asked at a time; an answer to a question of before the kill says nothing.</summary>
    public void End(DateTime asked)
    {
        lock (_lock)
        {
            if (_since is DateTime from && from < asked)
            {
                _past.Add((from, TimeProvider.System.GetUtcNow().UtcDateTime));
                _since = null;
            }
        }
    }

    /// <summary>The whole absences of which some part lies between two times.</summary>
    public IReadOnlyList<(DateTime From, DateTime To)> Touching(DateTime from, DateTime to)
    {
        lock (_lock)
        {
            IEnumerable<(DateTime From, DateTime To)> all = _since is DateTime since ? _past.Append((since, DateTime.MaxValue)) : _past;
            return [.. all.Where(absence => absence.From <= to && from <= absence.To)];
        }
    }
}
