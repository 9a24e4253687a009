using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Crid.Benchmarks;

/// <summary>Uncompressed megabytes per second of the benchmarks that work on <see cref="LayerCorpus"/>.</summary>
internal sealed class ThroughputColumn : IColumn
{
    private const double BytesPerMegabyte = 1e6;

    public string Id => nameof(ThroughputColumn);

    public string ColumnName => "MB/s";

    public string Legend => "Uncompressed megabytes per second, by the median";

    public bool AlwaysShow => false;

    public ColumnCategory Category => ColumnCategory.Statistics;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public bool IsAvailable(Summary summary) => summary.BenchmarksCases.Any(static benchmark => IsOfLayers(benchmark));

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
        IsOfLayers(benchmarkCase) && summary[benchmarkCase]?.ResultStatistics is { } statistics
            ? (LayerCorpus.Archive.Length / BytesPerMegabyte / (statistics.Median / 1e9)).ToString("F0", CultureInfo.InvariantCulture)
            : "";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    private static bool IsOfLayers(BenchmarkCase benchmark) => benchmark.Descriptor.Type.Name is nameof(InflateBenchmarks) or nameof(UnpackBenchmarks);
}
