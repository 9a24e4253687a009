using System.Text.RegularExpressions;

namespace Crid.Daemon.Tests;

/// <summary>docs/METRICS.md and the dashboard name the metrics that the sources make, and no others.</summary>
public sealed partial class MetricsPageTests
{
    [Fact]
    public void Page_NamesEveryMetric()
    {
        string root = Repository.Root;

        SortedSet<string> made = [.. Directory.EnumerateFiles($"{root}/src", "*.cs", SearchOption.AllDirectories)
            .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(static file => Made().Matches(File.ReadAllText(file)))
            .Select(static match => match.Groups["name"].Value)];
        SortedSet<string> documented = [.. Documented().Matches(File.ReadAllText($"{root}/docs/METRICS.md")).Select(static match => match.Groups["name"].Value)];

        Assert.InRange(made.Count, 20, 100);
        Assert.Equal(made, documented);
    }

    [Fact]
    public void Dashboard_AsksForMetricsThatExist()
    {
        string root = Repository.Root;
        string dashboard = File.ReadAllText($"{root}/packaging/grafana/crid.json");
        string page = File.ReadAllText($"{root}/docs/METRICS.md");

        string[] asked = [.. Asked().Matches(dashboard).Select(static match => HistogramSuffix().Replace(match.Value, "")).Distinct()];

        Assert.InRange(asked.Length, 10, 100);
        Assert.All(asked, name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
        using System.Text.Json.JsonDocument json = System.Text.Json.JsonDocument.Parse(dashboard);
        Assert.True(json.RootElement.GetProperty("panels").GetArrayLength() > 5);
    }

    [GeneratedRegex("""Create[A-Za-z]+(<[a-z]+>)?\(\s*"(?<name>(crid|process|dotnet)_[a-z_]+)".""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Made();

    [GeneratedRegex(@"^\| `(?<name>[a-z_]+)` \|", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex Documented();

    [GeneratedRegex(@"\b(?:crid|process|dotnet)_[a-z_]+", RegexOptions.NonBacktracking)]
    private static partial Regex Asked();

    [GeneratedRegex("_(?:bucket|sum|count)$", RegexOptions.NonBacktracking)]
    private static partial Regex HistogramSuffix();
}
