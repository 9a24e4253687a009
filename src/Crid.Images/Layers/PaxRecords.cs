using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;
using Crid.Core;
using Crid.Linux;

namespace Crid.Images;

/// <summary>
/// The extended header of one entry: pax(1), "pax Extended Header". A later record of the same key wins; one without a value takes back those before
/// it, so that the entry's own header counts.
/// </summary>
internal sealed class PaxRecords
{
    // The names of a file's attributes have to fit into 64 KiB: xattr(7).
    private const int MaxAttributes = 4096;

    private readonly Dictionary<string, (byte[] Name, byte[] Value)> _attributes = new(StringComparer.Ordinal);
    private readonly List<byte> _sparseNumbers = [];
    private byte[]? _sparseName;
    private byte[]? _path;
    private long? _sparseMajor;

    /// <summary>The name of the file; that of a sparse file is in a record of its own.</summary>
    public byte[]? Path => _sparseName ?? _path;

    public byte[]? LinkPath { get; private set; }

    public long? Size { get; private set; }

    public uint? UserId { get; private set; }

    public uint? GroupId { get; private set; }

    public FileTime? Modified { get; private set; }

    /// <summary>Bytes of a sparse file with its holes; null for other files.</summary>
    public long? SparseSize { get; private set; }

    /// <summary>True for sparse files of version 1.0, whose content begins with the map.</summary>
    public bool HasMapInContent => _sparseMajor == 1;

    public IReadOnlyCollection<(byte[] Name, byte[] Value)> Attributes => _attributes.Values;

    /// <summary>The map of a sparse file of version 0.0 or 0.1.</summary>
    public SparseMap ReadSparseMap() => SparseMap.Parse(CollectionsMarshal.AsSpan(_sparseNumbers), SparseSize ?? throw SparseMap.Malformed());

    /// <summary>Each record is its own length in decimal, a blank, <c>key=value</c> and a newline; values may hold any byte.</summary>
    public static PaxRecords Parse(ReadOnlySpan<byte> block)
    {
        PaxRecords records = new();
        while (!block.IsEmpty)
        {
            bool valid = Utf8Parser.TryParse(block, out int length, out int digits)
                && length > digits + 2 && length <= block.Length && block[digits] == ' ' && block[length - 1] == '\n';
            ReadOnlySpan<byte> record = valid ? block[(digits + 1)..(length - 1)] : [];
            int separator = record.IndexOf((byte)'=');
            if (separator <= 0)
            {
                throw CridException.InvalidArgument("the archive has a malformed extended header");
            }

            records.Set(record[..separator], record[(separator + 1)..]);
            block = block[length..];
        }

        return records;
    }

    private void Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> attributePrefix = "SCHILY.xattr."u8;
        if (key.StartsWith(attributePrefix))
        {
            SetAttribute(key[attributePrefix.Length..].ToArray(), value.ToArray());
        }
        else if (key.SequenceEqual("path"u8))
        {
            _path = ParseText(value);
        }
        else if (key.SequenceEqual("linkpath"u8))
        {
            LinkPath = ParseText(value);
        }
        else if (key.SequenceEqual("size"u8))
        {
            Size = value.IsEmpty ? null : ParseNumber(value);
        }
        else if (key.SequenceEqual("uid"u8))
        {
            UserId = value.IsEmpty ? null : ParseId(value);
        }
        else if (key.SequenceEqual("gid"u8))
        {
            GroupId = value.IsEmpty ? null : ParseId(value);
        }
        else if (key.SequenceEqual("mtime"u8))
        {
            Modified = value.IsEmpty ? null : ParseTime(value);
        }
        else if (key.StartsWith("GNU.sparse."u8))
        {
            SetSparse(key["GNU.sparse.".Length..], value);
        }
    }

    private void SetSparse(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.SequenceEqual("size"u8) || key.SequenceEqual("realsize"u8))
        {
            SparseSize = ParseNumber(value);
        }
        else if (key.SequenceEqual("major"u8))
        {
            _sparseMajor = ParseNumber(value);
            if (_sparseMajor > 1)
            {
                throw CridException.InvalidArgument("the archive has a sparse file of an unknown version");
            }
        }
        else if (key.SequenceEqual("name"u8))
        {
            _sparseName = ParseText(value);
        }
        else if (key.SequenceEqual("map"u8))
        {
            _sparseNumbers.Clear();
            _sparseNumbers.AddRange(value);
        }
        else if (key.SequenceEqual("offset"u8) || key.SequenceEqual("numbytes"u8))
        {
            // Version 0.0 has a record for each number, in the order of the list of version 0.1.
            _sparseNumbers.AddRange(value);
            _sparseNumbers.Add((byte)',');
        }
    }

    private void SetAttribute(byte[] name, byte[] value)
    {
        _attributes[Encoding.Latin1.GetString(name)] = (name, value);
        if (_attributes.Count > MaxAttributes)
        {
            throw CridException.InvalidArgument($"the archive has a file with more than {MaxAttributes} attributes");
        }
    }

    private static byte[]? ParseText(ReadOnlySpan<byte> value) => value.IsEmpty ? null : value.ToArray();

    private static uint ParseId(ReadOnlySpan<byte> value) =>
        ParseNumber(value) is long id and <= uint.MaxValue ? (uint)id : throw CridException.InvalidArgument("the archive has an owner out of range");

    private static long ParseNumber(ReadOnlySpan<byte> value) =>
        Utf8Parser.TryParse(value, out long number, out int used) && used == value.Length && number >= 0
            ? number
            : throw CridException.InvalidArgument("the archive has a malformed number in an extended header");

    // Seconds, possibly negative, with an optional fraction.
    private static FileTime ParseTime(ReadOnlySpan<byte> value)
    {
        int dot = value.IndexOf((byte)'.');
        ReadOnlySpan<byte> whole = dot < 0 ? value : value[..dot];
        if (!Utf8Parser.TryParse(whole, out long seconds, out int used) || used != whole.Length)
        {
            throw CridException.InvalidArgument("the archive has a malformed time in an extended header");
        }

        uint nanoseconds = 0;
        ReadOnlySpan<byte> fraction = dot < 0 ? [] : value[(dot + 1)..];
        for (int i = 0; i < 9; i++)
        {
            uint digit = i < fraction.Length && fraction[i] is >= (byte)'0' and <= (byte)'9' ? (uint)(fraction[i] - '0') : 0;
            nanoseconds = (nanoseconds * 10) + digit;
        }

        bool negative = value is [(byte)'-', ..];
        return negative && nanoseconds > 0 ? new FileTime(seconds - 1, 1_000_000_000 - nanoseconds) : new FileTime(seconds, nanoseconds);
    }
}
