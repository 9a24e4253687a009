using System.Globalization;
using System.Text.Json;

namespace Crid.Bench;

/// <summary>Writes what was measured: median and p95 of each target, and the median's ratio to the baseline.</summary>
internal sealed class Report(Measurements measurements, IReadOnlyList<string> targets, string baseline)
{
    public void WriteTable(TextWriter output) => Write(output, "", "  ", "", headerRule: false);

    public void WriteMarkdown(TextWriter output) => Write(output, "| ", " | ", " |", headerRule: true);

    /// <summary>All samples, too.</summary>
    public void WriteJson(Stream output)
    {
        using Utf8JsonWriter json = new(output, new JsonWriterOptions { Indented = true });
        json.WriteStartArray();
        foreach (Measurements.Row row in measurements.Rows)
        {
            foreach (string target in targets.Where(target => row.Of(target).Count > 0))
            {
                List<double> samples = row.Of(target);
                json.WriteStartObject();
                json.WriteString("scenario", row.Scenario);
                json.WriteString("what", row.What);
                json.WriteString("unit", row.Unit);
                json.WriteString("target", target);
                json.WriteNumber("median", Math.Round(Statistics.Median(samples), 3));
                json.WriteNumber("p95", Math.Round(Statistics.P95(samples), 3));
                if (Ratio(row, target) is double ratio)
                {
                    json.WriteNumber("ratio", Math.Round(ratio, 3));
                }

                json.WriteStartArray("samples");
                samples.ForEach(sample => json.WriteNumberValue(Math.Round(sample, 3)));
                json.WriteEndArray();
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
    }

    private void Write(TextWriter output, string left, string between, string right, bool headerRule)
    {
        List<string[]> rows = [Header()];
        rows.AddRange(measurements.Rows.Select(Cells));
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        for (int i = 0; i < rows.Count; i++)
        {
            IEnumerable<string> cells = rows[i].Select((cell, column) => column < 2 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            output.WriteLine(left + string.Join(between, cells) + right);
            if (i == 0 && headerRule)
            {
                output.WriteLine(left + string.Join(between, widths.Select((width, column) => column < 2 ? new string('-', width) : new string('-', width - 1) + ":")) + right);
            }
        }
    }

    private string[] Header()
    {
        List<string> cells = ["scenario", "what", "unit"];
        foreach (string target in targets)
        {
            cells.AddRange([$"{target} median", "p95"]);
            if (target != baseline)
            {
                cells.Add($"/ {baseline}");
            }
        }

        return [.. cells];
    }

    private string[] Cells(Measurements.Row row)
    {
        List<string> cells = [row.Scenario, row.What, row.Unit];
        foreach (string target in targets)
        {
            List<double> samples = row.Of(target);
            cells.AddRange([Number(Statistics.Median(samples)), samples.Count > 1 ? Number(Statistics.P95(samples)) : "-"]);
            if (target != baseline)
            {
                cells.Add(Ratio(row, target) is double ratio ? ratio.ToString("F2", CultureInfo.InvariantCulture) + "x" : "-");
            }
        }

        return [.. cells];
    }

    private double? Ratio(Measurements.Row row, string target)
    {
        double of = Statistics.Median(row.Of(target));
        double against = Statistics.Median(row.Of(baseline));
        return target == baseline || double.IsNaN(of) || double.IsNaN(against) || against == 0 ? null : of / against;
    }

    private static string Number(double value) =>
        double.IsNaN(value) ? "-" : value.ToString(value < 10 ? "F2" : "F1", CultureInfo.InvariantCulture);
}
