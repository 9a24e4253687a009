using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Crid.Oci;

namespace Crid.Runtimes.Tests;

/// <summary>
/// Compares specs with the files under Golden. With CRID_UPDATE_GOLDEN=1 in the environment the files are written anew; the difference is
/// then for a person to read.
/// </summary>
public sealed partial class GoldenTests
{
    private static readonly OciJson Json = new(new JsonSerializerOptions(OciJson.Default.Options)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static TheoryData<string> Cases => [.. GoldenCases.All.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Build_Request_EqualsGoldenFile(string name)
    {
        string actual = Compact(JsonSerializer.Serialize(GoldenCases.All[name](), Json.OciSpec)) + "\n";

        string file = Path.Combine(SourceDirectory(), $"{name}.json");
        if (Environment.GetEnvironmentVariable("CRID_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(file, actual);
        }

        Assert.Equal(File.ReadAllText(file), actual);
    }

    [Fact]
    public void Golden_EveryFile_BelongsToACase()
    {
        IEnumerable<string> files = Directory.EnumerateFiles(SourceDirectory(), "*.json").Select(static file => Path.GetFileNameWithoutExtension(file));

        Assert.Equal(GoldenCases.All.Keys.Order(StringComparer.Ordinal), files.Order(StringComparer.Ordinal));
    }

    // Lists of plain words stand on one line.
    private static string Compact(string json) =>
        PlainList().Replace(json, static list => $"[{Blanks().Replace(list.Groups["items"].Value, " ").Trim()}]");

    [GeneratedRegex("""\[\s*(?<items>"[^"]*"(,\s*"[^"]*")*|\d+(,\s*\d+)*)\s*\]""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10000)]
    private static partial Regex PlainList();

    [GeneratedRegex("\\s*\n\\s*", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10000)]
    private static partial Regex Blanks();

    private static string SourceDirectory([CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "..", "Golden"));
}
