using System.Buffers.Text;

namespace Crid.Linux;

/// <summary>The forms in which files of cgroups have their values: one number, lines of a key and a number, lines of pressure.</summary>
internal static class CgroupText
{
    // An unlimited counter of v1 has the largest number of whole pages; no machine has this much memory.
    private const ulong Unlimited = 1UL << 62;

    /// <summary>The number at the beginning; null where there is none, as in an empty file.</summary>
    public static ulong? FindNumber(ReadOnlySpan<byte> text) => Utf8Parser.TryParse(text, out ulong value, out int _) ? value : null;

    /// <summary>A limit: null for <c>max</c> of v2 and for the huge number that v1 has instead.</summary>
    public static ulong? FindLimit(ReadOnlySpan<byte> text) => FindNumber(text) is ulong limit and < Unlimited ? limit : null;

    /// <summary>The number of a key; 0 where this kernel does not have the key.</summary>
    public static ulong GetNumber(ReadOnlySpan<byte> text, ReadOnlySpan<byte> key)
    {
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..end];
            if (line.Length > key.Length && line[key.Length] == (byte)' ' && line.StartsWith(key))
            {
                return FindNumber(line[(key.Length + 1)..]).GetValueOrDefault();
            }

            text = end < 0 ? default : text[(end + 1)..];
        }

        return 0;
    }

    /// <summary>Both lines of a pressure file; null where it is empty. Older kernels have no <c>full</c> for the processor.</summary>
    public static Pressure? FindPressure(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return null;
        }

        PressureLine some = default;
        PressureLine full = default;
        foreach (Range range in text.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = text[range];
            if (line.StartsWith("some "u8))
            {
                some = ParsePressure(line);
            }
            else if (line.StartsWith("full "u8))
            {
                full = ParsePressure(line);
            }
        }

        return new Pressure(some, full);
    }

    private static PressureLine ParsePressure(ReadOnlySpan<byte> line) => new(
        FindNumber(After(line, "total="u8)).GetValueOrDefault(),
        Average(line, "avg10="u8),
        Average(line, "avg60="u8),
        Average(line, "avg300="u8));

    private static double Average(ReadOnlySpan<byte> line, ReadOnlySpan<byte> key) =>
        Utf8Parser.TryParse(After(line, key), out double value, out int _) ? value : 0;

    private static ReadOnlySpan<byte> After(ReadOnlySpan<byte> line, ReadOnlySpan<byte> key)
    {
        int start = line.IndexOf(key);
        return start < 0 ? default : line[(start + key.Length)..];
    }
}
