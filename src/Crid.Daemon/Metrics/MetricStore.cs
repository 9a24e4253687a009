using System.Diagnostics.Metrics;
using Crid.Core;

namespace Crid.Daemon;

/// <summary>Keeps what crid's instruments count, from its making on, and writes it as Prometheus reads it.</summary>
internal sealed class MetricStore : IDisposable
{
    private readonly MeterListener _listener;
    private readonly SortedDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    public MetricStore()
    {
        _listener = new MeterListener { InstrumentPublished = Publish };
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.Start();
    }

    /// <summary>Everything in the text format, version 0.0.4.</summary>
    public string Write()
    {
        MetricText text = new();
        lock (_lock)
        {
            _listener.RecordObservableInstruments();
            foreach (MetricFamily family in _families.Values)
            {
                family.Write(text);
            }
        }

        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private void Publish(Instrument instrument, MeterListener listener)
    {
        if (instrument.Meter != CridTelemetry.Meter)
        {
            return;
        }

        MetricFamily family = MetricFamily.Of(instrument);
        lock (_lock)
        {
            _families[instrument.Name] = family;
        }

        listener.EnableMeasurementEvents(instrument, family);
    }
}
