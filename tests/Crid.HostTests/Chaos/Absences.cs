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

    /// <summary>Whether it was away at one moment between two times.</summary>
    public bool Covers(DateTime from, DateTime to) => Within(from, to).Count > 0;

    /// <summary>Whether both were away at one moment between two times.</summary>
    public static bool Coincide(Absences left, Absences right, DateTime from, DateTime to) =>
        left.Within(from, to).Any(one => right.Within(from, to).Any(other => one.From < other.To && other.From < one.To));

    private List<(DateTime From, DateTime To)> Within(DateTime from, DateTime to)
    {
        lock (_lock)
        {
            IEnumerable<(DateTime From, DateTime To)> all = _since is DateTime since ? _past.Append((since, DateTime.MaxValue)) : _past;
            return [.. all.Where(absence => absence.From < to && from < absence.To)
                .Select(absence => (absence.From > from ? absence.From : from, absence.To < to ? absence.To : to))];
        }
    }
}
