using Crid.Core;

namespace Crid.Cli;

/// <summary>Image names as people type them and as the CRI shows them.</summary>
internal static class ImageNames
{
    /// <summary>The fully written name (<c>busybox</c> is <c>docker.io/library/busybox:latest</c>); ids and anything else stay as they are.</summary>
    public static string Normalise(string text) =>
        !IsIdPrefix(text) && ImageReference.TryParse(text, out ImageReference? reference) ? reference!.ToString() : text;

    public static (string Repository, string Tag) SplitTag(string name)
    {
        int colon = name.LastIndexOf(':');
        return colon > name.LastIndexOf('/') ? (name[..colon], name[(colon + 1)..]) : (name, "<none>");
    }

    // 12 hexadecimal digits or more are taken for the beginning of an id, which is what the tables show.
    private static bool IsIdPrefix(string text) =>
        text.StartsWith("sha256:", StringComparison.Ordinal) || (text.Length >= 12 && text.All(char.IsAsciiHexDigitLower));
}
