namespace Crid.Cri;

/// <summary>A metric: how it is described, and how its samples follow from what was measured of a <typeparamref name="TSubject"/>.</summary>
/// <param name="Labels">Its own, after those that all metrics have.</param>
internal sealed record MetricDefinition<TSubject>(
    string Name, string Help, Api.MetricType Type, IReadOnlyList<string> Labels, Func<TSubject, IEnumerable<MetricSample>> Read)
{
    public Api.MetricDescriptor ToDescriptor()
    {
        Api.MetricDescriptor descriptor = new() { Name = Name, Help = Help };
        descriptor.LabelKeys.Add([.. MetricLabels.Common, .. Labels]);
        return descriptor;
    }

    /// <param name="common">Values of <see cref="MetricLabels.Common"/>.</param>
    public IEnumerable<Api.Metric> Sample(TSubject subject, IReadOnlyList<string> common, long timestamp)
    {
        foreach (MetricSample sample in Read(subject))
        {
            Api.Metric metric = new() { Name = Name, Timestamp = timestamp, MetricType = Type, Value = new Api.UInt64Value { Value = sample.Value } };
            metric.LabelValues.Add([.. common, .. sample.Labels]);
            yield return metric;
        }
    }
}
