namespace Crid.Pods;

/// <summary>Label selectors of list filters.</summary>
internal static class LabelMatch
{
    /// <summary>Whether every wanted label is there with its value; null and empty want nothing.</summary>
    public static bool All(IReadOnlyDictionary<string, string>? wanted, IReadOnlyDictionary<string, string> labels)
    {
        foreach ((string key, string value) in wanted ?? Enumerable.Empty<KeyValuePair<string, string>>())
        {
            if (!labels.TryGetValue(key, out string? found) || found != value)
            {
                return false;
            }
        }

        return true;
    }
}
