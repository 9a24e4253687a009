using System.Diagnostics.Metrics;

namespace Crid.Daemon;

/// <summary>One metric with the series of all its labels.</summary>
internal abstract class MetricFamily(Instrument instrument, string type)
{
    private readonly Lock _lock = new();

    public static MetricFamily Of(Instrument instrument) => instrument switch
    {
        Histogram<double> histogram => new HistogramFamily(histogram),
        Counter<long> or Counter<double> => new ValueFamily(instrument, "counter", isAbsolute: false),
        UpDownCounter<long> or UpDownCounter<double> => new ValueFamily(instrument, "gauge", isAbsolute: false),
        ObservableCounter<long> or ObservableCounter<double> => new ValueFamily(instrument, "counter", isAbsolute: true),
        _ => new ValueFamily(instrument, "gauge", isAbsolute: true),
    };

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string labels = MetricText.Labels(tags);
        lock (_lock)
        {
            Record(value, labels);
        }
    }

    public void Write(MetricText text)
    {
        lock (_lock)
        {
            if (HasSeries)
            {
                text.AppendHead(instrument.Name, instrument.Description ?? "", type);
                WriteSeries(text, instrument.Name);
            }
        }
    }

    protected abstract bool HasSeries { get; }

    protected abstract void Record(double value, string labels);

    protected abstract void WriteSeries(MetricText text, string name);
}
