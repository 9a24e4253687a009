using System.Diagnostics;

namespace Crid.Bench;

/// <summary>Every sample of a run, by what was measured and on which target. Rows keep the order in which they first came.</summary>
internal sealed class Measurements
{
    private readonly List<Row> _rows = [];
    private readonly Lock _lock = new();

    public IReadOnlyList<Row> Rows => _rows;

    public void Add(string scenario, string what, string unit, string target, double value)
    {
        lock (_lock)
        {
            Row? row = _rows.Find(candidate => candidate.Scenario == scenario && candidate.What == what);
            if (row is null)
            {
                row = new Row(scenario, what, unit);
                _rows.Add(row);
            }

            row.Of(target).Add(value);
        }
    }

    /// <summary>Runs the work and adds how many milliseconds it took.</summary>
    public async Task<T> TimeAsync<T>(string scenario, string what, string target, Func<Task<T>> work)
    {
        long start = Stopwatch.GetTimestamp();
        T result = await work();
        Add(scenario, what, Units.Milliseconds, target, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        return result;
    }

    public async Task TimeAsync(string scenario, string what, string target, Func<Task> work) =>
        await TimeAsync(scenario, what, target, async () =>
        {
            await work();
            return true;
        });

    internal sealed record Row(string Scenario, string What, string Unit)
    {
        private readonly Dictionary<string, List<double>> _samples = [];

        /// <summary>More is better for rates; everything else is a cost.</summary>
        public bool MoreIsBetter => Unit == Units.PerSecond;

        public List<double> Of(string target)
        {
            if (!_samples.TryGetValue(target, out List<double>? samples))
            {
                samples = [];
                _samples[target] = samples;
            }

            return samples;
        }
    }
}

internal static class Units
{
    public const string Milliseconds = "ms";
    public const string PerSecond = "1/s";
    public const string Megabytes = "MB";
    public const string Count = "n";
    public const string Percent = "%";
}
