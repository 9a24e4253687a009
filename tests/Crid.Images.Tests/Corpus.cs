using System.IO.Compression;

namespace Crid.Images.Tests;

/// <summary>Stored input of each parser: what tools write, and what once was, or might be, trouble. Files that are added count at once.</summary>
internal static class Corpus
{
    /// <summary>The texts of a kind, one a file.</summary>
    public static string[] Texts(string kind) => [.. Files(kind).Select(File.ReadAllText)];

    /// <summary>The texts of a kind, one a line.</summary>
    public static string[] Lines(string kind) => [.. Files(kind).SelectMany(File.ReadLines)];

    /// <summary>Archives of tools and of none.</summary>
    public static byte[][] Archives() => [.. Files("tar").Select(Inflate)];

    private static IEnumerable<string> Files(string kind) =>
        Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Corpus", kind)).Order(StringComparer.Ordinal);

    private static byte[] Inflate(string path)
    {
        using GZipStream file = new(File.OpenRead(path), CompressionMode.Decompress);
        using MemoryStream content = new();
        file.CopyTo(content);
        return content.ToArray();
    }
}
