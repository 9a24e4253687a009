using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Crid.Core;

/// <summary>
/// A piece of work from its making to its disposal: a span of the trace that it belongs to, and a value in a histogram of durations. It has
/// failed unless <see cref="Succeed"/> was called.
/// </summary>
public sealed class MeasuredWork : IDisposable
{
    private const string Outcome = "outcome";

    private readonly Histogram<double> _durations;
    private readonly Activity? _span;
    private readonly long _start = Stopwatch.GetTimestamp();
    private TagList _labels;
    private bool _hasSucceeded;

    private MeasuredWork(Histogram<double> durations, TagList labels, Activity? span)
    {
        _durations = durations;
        _labels = labels;
        _span = span;
    }

    /// <param name="span">What it is called in a trace.</param>
    /// <param name="labels">Of the histogram, with few values each; the span has them too.</param>
    public static MeasuredWork Begin(Histogram<double> durations, string span, params ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        ArgumentNullException.ThrowIfNull(durations);
        Activity? activity = CridTelemetry.Activities.StartActivity(span);
        foreach (KeyValuePair<string, object?> label in activity is null ? default : labels)
        {
            activity!.SetTag(label.Key, label.Value);
        }

        return new MeasuredWork(durations, new TagList(labels), activity);
    }

    /// <summary>Adds to the span what would be too much for the histogram, such as an id.</summary>
    public void Note(string key, object? value) => _span?.SetTag(key, value);

    public void Succeed() => _hasSucceeded = true;

    public void Dispose()
    {
        if (_durations.Enabled)
        {
            _labels.Add(Outcome, _hasSucceeded ? "success" : "failure");
            _durations.Record(Stopwatch.GetElapsedTime(_start).TotalSeconds, _labels);
        }

        _span?.SetStatus(_hasSucceeded ? ActivityStatusCode.Ok : ActivityStatusCode.Error);
        _span?.Dispose();
    }
}
