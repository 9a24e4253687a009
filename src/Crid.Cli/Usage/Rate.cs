using Crid.Api;

namespace Crid.Cli;

/// <summary>Processor use between two measurements.</summary>
internal static class Rate
{
    /// <summary>Processors that were busy on average; null where there is nothing to compare with.</summary>
    public static double? Processors(CpuUsage? before, CpuUsage? now)
    {
        if (before?.UsageCoreNanoSeconds is null || now?.UsageCoreNanoSeconds is null || now.Timestamp <= before.Timestamp
            || now.UsageCoreNanoSeconds.Value < before.UsageCoreNanoSeconds.Value)
        {
            return null;
        }

        return (now.UsageCoreNanoSeconds.Value - before.UsageCoreNanoSeconds.Value) / (double)(now.Timestamp - before.Timestamp);
    }

    /// <summary>Percent of one processor.</summary>
    public static string Percent(double? processors) => processors is double busy ? $"{busy * 100:F1}" : "-";
}
