namespace Crid.Networking;

/// <summary>Versions of the CNI specification that crid speaks.</summary>
internal static class CniVersion
{
    /// <summary>What a configuration without a version means.</summary>
    public const string Default = "0.1.0";

    public const string Newest = "1.1.0";

    /// <summary>The first version with CHECK, and with the result of ADD on DEL.</summary>
    public const string WithCheck = "0.4.0";

    /// <summary>The first version with STATUS and GC.</summary>
    public const string WithStatus = "1.1.0";

    private static readonly string[] Known = ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", Newest];

    public static bool IsKnown(string version) => Known.Contains(version);

    /// <summary>Whether <paramref name="version"/> is <paramref name="other"/> or later; both are known.</summary>
    public static bool IsAtLeast(string version, string other) => Array.IndexOf(Known, version) >= Array.IndexOf(Known, other);

    /// <summary>The newest known version of a list, or null.</summary>
    public static string? FindNewest(IEnumerable<string> versions) => versions.Where(IsKnown).MaxBy(version => Array.IndexOf(Known, version));
}
