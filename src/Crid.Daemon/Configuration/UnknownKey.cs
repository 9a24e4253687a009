namespace Crid.Daemon;

/// <summary>Explains a key or table that does not exist, with the one that was probably meant.</summary>
internal static class UnknownKey
{
    /// <summary>Whether tables exist below this path, so that opening it says nothing but is no mistake.</summary>
    public static bool IsBranch(IReadOnlyList<string> path)
    {
        string name = string.Join('.', path);
        return OptionSchema.Tables.Any(table => table.Name == name || table.Name.StartsWith($"{name}.", StringComparison.Ordinal));
    }

    public static string Explain(IReadOnlyList<string> path)
    {
        string name = TomlText.Key(path);
        string? nearest = NearestName.Find(name, Known(path));
        return nearest is null ? "unknown key" : $"unknown key; did you mean {nearest}?";
    }

    /// <summary>All keys and tables as they would be written, families with the instance that the path names.</summary>
    private static IEnumerable<string> Known(IReadOnlyList<string> path)
    {
        foreach (OptionTable table in OptionSchema.Tables)
        {
            string[] parts = table.Name.Split('.');
            string prefix = table.Name;
            if (table.IsFamily)
            {
                prefix = $"{table.Name}.{(path.Count > parts.Length ? TomlText.Key(path[parts.Length]) : "NAME")}";
            }

            yield return prefix;
            foreach (OptionDescription key in table.Keys)
            {
                yield return $"{prefix}.{key.Name}";
            }
        }
    }
}
