using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Crid.Core.Tests;

/// <summary>Compares the table of projects in docs/ARCHITECTURE.md with every project file under src/.</summary>
public partial class ArchitectureTests
{
    [Fact]
    public void ProjectReferences_AreThoseOfTheDocument()
    {
        string root = FindRoot();

        SortedDictionary<string, string> documented = ReadDocument(Path.Combine(root, "docs", "ARCHITECTURE.md"));
        SortedDictionary<string, string> actual = ReadProjects(Path.Combine(root, "src"));

        Assert.Equal(actual, documented);
    }

    private static string FindRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Cri.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("Cri.sln is not above the test's directory");
    }

    private static SortedDictionary<string, string> ReadDocument(string path)
    {
        SortedDictionary<string, string> rows = new(StringComparer.Ordinal);
        foreach (Match row in Row().Matches(File.ReadAllText(path)))
        {
            string references = row.Groups["references"].Value.Trim();
            rows.Add(row.Groups["name"].Value, references == "nothing" ? "" : Normalise(references.Split(',')));
        }

        return rows;
    }

    private static SortedDictionary<string, string> ReadProjects(string sources)
    {
        SortedDictionary<string, string> rows = new(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(sources, "*.csproj", SearchOption.AllDirectories))
        {
            IEnumerable<string> references = XDocument.Load(file).Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value)["Crid.".Length..]);
            rows.Add(Path.GetFileNameWithoutExtension(file), Normalise(references));
        }

        return rows;
    }

    private static string Normalise(IEnumerable<string> names) =>
        string.Join(", ", names.Select(name => name.Trim()).Order(StringComparer.Ordinal));

    [GeneratedRegex(@"^\| `(?<name>Crid\.[A-Za-z.]+)` \|[^|]*\|(?<references>[^|]*)\|$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Row();
}
