using CsCheck;

namespace Crid.Streaming.Tests;

/// <summary>Stored bytes of clients, one message or connection a file, as hexadecimal text with comments behind '#'.</summary>
internal static class Corpus
{
    public static byte[][] Read(string name)
    {
        string directory = Path.Combine(AppContext.BaseDirectory, "Corpus", name);
        return [.. Directory.EnumerateFiles(directory, "*.hex").Order(StringComparer.Ordinal).Select(static file => Parse(File.ReadLines(file)))];
    }

    public static Gen<byte[]> Any(string name)
    {
        byte[][] all = Read(name);
        return Gen.Int[0, all.Length - 1].Select(i => all[i]);
    }

    private static byte[] Parse(IEnumerable<string> lines) =>
        Convert.FromHexString(string.Concat(lines.Select(static line => line.Split('#')[0].Replace(" ", "", StringComparison.Ordinal))));
}
