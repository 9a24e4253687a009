using System.Buffers.Text;
using Crid.Core;

namespace Crid.Images;

/// <summary>
/// Where the stored bytes of a sparse file belong: GNU tar's manual, "Storing Sparse Files", in its old form and the versions 0.0, 0.1 and 1.0
/// within extended headers. Extents are in order, do not overlap and lie within the file; what is between them is a hole.
/// </summary>
internal sealed class SparseMap
{
    /// <summary>More extents than that no tool writes for files of sizes that layers have.</summary>
    public const int MaxExtents = 64 << 10;

    private readonly List<SparseExtent> _extents = [];

    /// <param name="size">Bytes of the file with its holes.</param>
    public SparseMap(long size) => Size = size >= 0 ? size : throw Malformed();

    public long Size { get; }

    /// <summary>Bytes that the archive holds.</summary>
    public long StoredBytes { get; private set; }

    public IReadOnlyList<SparseExtent> Extents => _extents;

    /// <exception cref="CridException">InvalidArgument: the extent does not fit behind those before it.</exception>
    public void Add(long offset, long length)
    {
        long end = _extents.Count == 0 ? 0 : _extents[^1].End;
        if (offset < end || length < 0 || length > Size - offset || _extents.Count == MaxExtents)
        {
            throw Malformed();
        }

        _extents.Add(new SparseExtent(offset, length));
        StoredBytes += length;
    }

    /// <summary>Reads the pairs of a header block of the old form, up to the first empty one.</summary>
    public void AddBlock(ReadOnlySpan<byte> pairs)
    {
        for (; pairs.Length >= 24 && pairs[0] != 0; pairs = pairs[24..])
        {
            Add(TarHeader.ParseNumber(pairs[..12]), TarHeader.ParseNumber(pairs[12..24]));
        }
    }

    /// <summary>Reads the numbers of versions 0.0 and 0.1: offset and length in turn, separated by commas.</summary>
    public static SparseMap Parse(ReadOnlySpan<byte> list, long size)
    {
        SparseMap map = new(size);
        while (!list.IsEmpty)
        {
            long offset = ReadNumber(ref list, (byte)',');
            map.Add(offset, ReadNumber(ref list, (byte)','));
        }

        return map;
    }

    /// <summary>Reads a number and the separator behind it; a list may end without one.</summary>
    public static long ReadNumber(ref ReadOnlySpan<byte> text, byte separator)
    {
        if (!Utf8Parser.TryParse(text, out long number, out int used) || number < 0 || (used < text.Length && text[used] != separator))
        {
            throw Malformed();
        }

        text = text[Math.Min(used + 1, text.Length)..];
        return number;
    }

    public static CridException Malformed() => CridException.InvalidArgument("the archive has a malformed map of a sparse file");
}
