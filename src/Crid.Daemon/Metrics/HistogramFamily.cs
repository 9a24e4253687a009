using System.Diagnostics.Metrics;

namespace Crid.Daemon;

/// <summary>A histogram with the bounds that its instrument advises.</summary>
internal sealed class HistogramFamily(Histogram<double> instrument) : MetricFamily(instrument, "histogram")
{
    private readonly double[] _bounds = [.. instrument.Advice?.HistogramBucketBoundaries ?? []];
    private readonly SortedDictionary<string, Series> _series = new(StringComparer.Ordinal);

    protected override bool HasSeries => _series.Count > 0;

    protected override void Record(double value, string labels)
    {
        if (!_series.TryGetValue(labels, out Series? series))
        {
            _series.Add(labels, series = new Series(_bounds.Length + 1));
        }

        int bucket = Array.BinarySearch(_bounds, value);
        series.Counts[bucket >= 0 ? bucket : ~bucket]++;
        series.Sum += value;
    }

    protected override void WriteSeries(MetricText text, string name)
    {
        foreach ((string labels, Series series) in _series)
        {
            long count = 0;
            for (int i = 0; i < series.Counts.Length; i++)
            {
                count += series.Counts[i];
                double bound = i < _bounds.Length ? _bounds[i] : double.PositiveInfinity;
                text.AppendSample($"{name}_bucket", MetricText.Join(labels, $"le=\"{MetricText.Number(bound)}\""), count);
            }

            text.AppendSample($"{name}_sum", labels, series.Sum);
            text.AppendSample($"{name}_count", labels, count);
        }
    }

    private sealed class Series(int buckets)
    {
        public long[] Counts { get; } = new long[buckets];

        public double Sum { get; set; }
    }
}
