namespace Crid.Bench;

/// <summary>Order statistics of a handful of samples.</summary>
internal static class Statistics
{
    public static double Median(IReadOnlyCollection<double> samples) => Quantile(samples, 0.5);

    public static double P95(IReadOnlyCollection<double> samples) => Quantile(samples, 0.95);

    /// <summary>Between the two nearest samples, by their distance; not a number without samples.</summary>
    public static double Quantile(IReadOnlyCollection<double> samples, double share)
    {
        if (samples.Count == 0)
        {
            return double.NaN;
        }

        double[] sorted = [.. samples.Order()];
        double position = share * (sorted.Length - 1);
        int below = (int)position;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((sorted[above] - sorted[below]) * (position - below));
    }
}
