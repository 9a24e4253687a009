namespace Crid.Api.Tests;

/// <summary>The table of the CRI that comes with the tests: one line for each rpc, field and enum value.</summary>
internal static class CriTable
{
    /// <summary>The lines below the heading, each with six columns: kind, owner, number, name, type, note.</summary>
    public static IReadOnlyList<string> ReadLines()
    {
        using Stream table = typeof(CriTable).Assembly.GetManifestResourceStream("cri-v1.tsv")
            ?? throw new InvalidOperationException("cri-v1.tsv is not embedded");
        using StreamReader reader = new(table);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)];
    }
}
