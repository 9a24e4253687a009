using System.Buffers.Text;
using Crid.Core;
using Crid.Linux;

namespace Crid.Images;

/// <summary>The extended header of one entry: pax(1), "pax Extended Header". A later record of the same key wins.</summary>
internal sealed class PaxRecords
{
    private readonly List<(byte[] Name, byte[] Value)> _attributes = [];

    public byte[]? Path { get; private set; }

    public byte[]? LinkPath { get; private set; }

    public long? Size { get; private set; }

    public uint? UserId { get; private set; }

    public uint? GroupId { get; private set; }

    public FileTime? Modified { get; private set; }

    public IReadOnlyList<(byte[] Name, byte[] Value)> Attributes => _attributes;

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
            Path = value.ToArray();
        }
        else if (key.SequenceEqual("linkpath"u8))
        {
            LinkPath = value.ToArray();
        }
        else if (key.SequenceEqual("size"u8))
        {
            Size = ParseNumber(value);
        }
        else if (key.SequenceEqual("uid"u8))
        {
            UserId = ParseId(value);
        }
        else if (key.SequenceEqual("gid"u8))
        {
            GroupId = ParseId(value);
        }
        else if (key.SequenceEqual("mtime"u8))
        {
            Modified = ParseTime(value);
        }
        else if (key.StartsWith("GNU.sparse."u8))
        {
            throw CridException.InvalidArgument("the archive has a sparse file, which layers do not use");
        }
    }

    private void SetAttribute(byte[] name, byte[] value)
    {
        int index = _attributes.FindIndex(attribute => attribute.Name.AsSpan().SequenceEqual(name));
        if (index >= 0)
        {
            _attributes[index] = (name, value);
        }
        else
        {
            _attributes.Add((name, value));
        }
    }

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
