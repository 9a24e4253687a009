using System.Diagnostics.Metrics;

namespace Crid.Daemon;

/// <summary>A counter or gauge.</summary>
/// <param name="isAbsolute">Whether a measurement is the value, as observable instruments give it, rather than what is to be added.</param>
internal sealed class ValueFamily(Instrument instrument, string type, bool isAbsolute) : MetricFamily(instrument, type)
{
    private readonly SortedDictionary<string, double> _series = new(StringComparer.Ordinal);

    protected override bool HasSeries => _series.Count > 0;

    protected override void Record(double value, string labels) => _series[labels] = isAbsolute ? value : _series.GetValueOrDefault(labels) + value;

    protected override void WriteSeries(MetricText text, string name)
    {
        foreach ((string labels, double value) in _series)
        {
            text.AppendSample(name, labels, value);
        }
    }
}
