using System.Runtime.InteropServices;
using Crid.Core;
using Crid.Linux;

namespace Crid.Images;

/// <summary>
/// Reads a tar archive as bytes: ustar, GNU long names and base-256 numbers, PAX headers. It allocates what one entry needs and no more, and refuses
/// what it can't represent rather than guessing.
/// </summary>
/// <param name="stream">The archive.</param>
/// <param name="skeleton">Takes every byte of the archive except the content that <see cref="ReadContent"/> gives out.</param>
internal sealed class TarReader(Stream stream, Stream? skeleton = null)
{
    private const int BufferBytes = 128 << 10;
    private const int MaxExtendedBytes = 1 << 20;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
    private int _start;
    private int _end;
    private long _content;
    private int _padding;

    /// <summary>The next entry, or null at the end of the archive. What was not read of the content before is skipped.</summary>
    /// <exception cref="CridException">InvalidArgument: not a tar archive, or cut off.</exception>
    public TarEntry? ReadNext()
    {
        PaxRecords? pax = null;
        byte[]? longName = null;
        byte[]? longLink = null;
        while (true)
        {
            SkipContent();
            if (!TryReadHeader(out TarHeader header))
            {
                return pax is null && longName is null && longLink is null ? null : throw Cut();
            }

            switch (header.Type)
            {
                case (byte)'x':
                    pax = PaxRecords.Parse(ReadExtension(header.Size));
                    break;
                case (byte)'g':
                    // Comments of git and the like; no writer of layers puts defaults for entries here.
                    ReadExtension(header.Size);
                    break;
                case (byte)'L':
                    longName = TrimNul(ReadExtension(header.Size));
                    break;
                case (byte)'K':
                    longLink = TrimNul(ReadExtension(header.Size));
                    break;
                default:
                    // More blocks may be read before all of the header is; the buffer does not keep it.
                    bool isSparse = header.Type == (byte)'S' || pax?.SparseSize is not null;
                    return MakeEntry(isSparse ? header.Copy() : header, pax, longName, longLink);
            }
        }
    }

    /// <summary>The current entry has no content here: the archive is a skeleton.</summary>
    public void OmitContent() => _content = 0;

    /// <summary>The next bytes of the current entry's content, valid until the next call; empty at its end.</summary>
    public ReadOnlySpan<byte> ReadContent()
    {
        if (_content == 0)
        {
            return [];
        }

        if (_start == _end && !Fill())
        {
            throw Cut();
        }

        int count = (int)Math.Min(_content, _end - _start);
        ReadOnlySpan<byte> content = _buffer.AsSpan(_start, count);
        _start += count;
        _content -= count;
        return content;
    }

    /// <summary>Reads what follows the end of the archive, which belongs to its digest.</summary>
    public void Drain()
    {
        do
        {
            skeleton?.Write(_buffer, _start, _end - _start);
            _start = _end;
        }
        while (Fill());
    }

    private TarEntry MakeEntry(TarHeader header, PaxRecords? pax, byte[]? longName, byte[]? longLink)
    {
        byte[] name = pax?.Path ?? longName ?? header.ReadName();
        TarEntryKind kind = GetKind(header.Type, name);
        long size = pax?.Size ?? header.Size;
        if (size < 0)
        {
            throw CridException.InvalidArgument("the archive has a file of negative size");
        }

        SparseMap? sparse = null;
        if (HasContent(header.Type, kind))
        {
            sparse = StartFile(header, pax, size);
        }
        else
        {
            StartContent(0);
        }

        bool isFile = kind == TarEntryKind.File;
        return new TarEntry
        {
            Kind = kind,
            Name = name,
            LinkName = pax?.LinkPath ?? longLink ?? header.LinkName.ToArray(),
            Permissions = header.Permissions,
            UserId = pax?.UserId ?? ToId(header.UserId),
            GroupId = pax?.GroupId ?? ToId(header.GroupId),
            Size = isFile ? sparse?.Size ?? size : 0,
            Sparse = isFile ? sparse : null,
            Modified = pax?.Modified ?? new FileTime(header.Modified, 0),
            DeviceMajor = kind is TarEntryKind.CharacterDevice or TarEntryKind.BlockDevice ? ToId(header.DeviceMajor) : 0,
            DeviceMinor = kind is TarEntryKind.CharacterDevice or TarEntryKind.BlockDevice ? ToId(header.DeviceMinor) : 0,
            Attributes = pax?.Attributes ?? [],
        };
    }

    // Goes to the content of a file; behind the map, where the file is sparse.
    private SparseMap? StartFile(TarHeader header, PaxRecords? pax, long size)
    {
        SparseMap? map = header.Type == (byte)'S' ? ReadOldMap(header) : null;
        StartContent(size);
        if (map is null && pax?.SparseSize is { } whole)
        {
            map = pax.HasMapInContent ? ReadMapInContent(whole) : pax.ReadSparseMap();
        }

        return map is null || map.StoredBytes == _content ? map : throw SparseMap.Malformed();
    }

    private SparseMap ReadOldMap(TarHeader header)
    {
        SparseMap map = new(header.SparseSize);
        map.AddBlock(header.SparseExtents);
        for (bool more = header.HasMoreExtents; more;)
        {
            ReadOnlySpan<byte> block = ReadBlock();
            map.AddBlock(block[..504]);
            more = block[504] != 0;
        }

        return map;
    }

    // The number of extents and two numbers for each, a line for every number, in whole blocks.
    private SparseMap ReadMapInContent(long whole)
    {
        List<byte> text = [];
        long lines = 1;
        for (long read = 0; read < lines;)
        {
            ReadOnlySpan<byte> block = _content >= TarHeader.Bytes ? ReadBlock() : throw SparseMap.Malformed();
            _content -= TarHeader.Bytes;
            text.AddRange(block);
            read += block.Count((byte)'\n');
            ReadOnlySpan<byte> start = CollectionsMarshal.AsSpan(text);
            if (lines == 1 && read > 0)
            {
                long extents = SparseMap.ReadNumber(ref start, (byte)'\n');
                lines = extents <= SparseMap.MaxExtents ? 1 + (2 * extents) : throw SparseMap.Malformed();
            }

            // No number has more digits than that; a block without an end of line is no map.
            if (text.Count > (read + TarHeader.Bytes) * 24)
            {
                throw SparseMap.Malformed();
            }
        }

        ReadOnlySpan<byte> rest = CollectionsMarshal.AsSpan(text);
        SparseMap map = new(whole);
        for (long left = SparseMap.ReadNumber(ref rest, (byte)'\n'); left > 0; left--)
        {
            long offset = SparseMap.ReadNumber(ref rest, (byte)'\n');
            map.Add(offset, SparseMap.ReadNumber(ref rest, (byte)'\n'));
        }

        return map;
    }

    private ReadOnlySpan<byte> ReadBlock()
    {
        ReadOnlySpan<byte> block = EnsureBuffered(TarHeader.Bytes) ? _buffer.AsSpan(_start, TarHeader.Bytes) : throw Cut();
        skeleton?.Write(block);
        _start += TarHeader.Bytes;
        return block;
    }

    private static TarEntryKind GetKind(byte type, ReadOnlySpan<byte> name) => type switch
    {
        // Before POSIX a directory was a file whose name ends in a slash.
        0 or (byte)'0' or (byte)'7' or (byte)'S' => name.EndsWith("/"u8) ? TarEntryKind.Directory : TarEntryKind.File,
        (byte)'1' => TarEntryKind.HardLink,
        (byte)'2' => TarEntryKind.SymbolicLink,
        (byte)'3' => TarEntryKind.CharacterDevice,
        (byte)'4' => TarEntryKind.BlockDevice,
        (byte)'5' => TarEntryKind.Directory,
        (byte)'6' => TarEntryKind.Fifo,
        _ => throw CridException.InvalidArgument($"the archive has an entry of the unknown type 0x{type:x2}"),
    };

    // Content belongs to the type, whatever the name makes of the entry: bytes that others skip must not be read as headers here. A directory from
    // before POSIX has none, and links of old writers name the size of their target.
    private static bool HasContent(byte type, TarEntryKind kind) => kind == TarEntryKind.File || type is (byte)'0' or (byte)'7' or (byte)'S';

    private static uint ToId(long number) =>
        number is >= 0 and <= uint.MaxValue ? (uint)number : throw CridException.InvalidArgument("the archive has an owner or a device out of range");

    private static byte[] TrimNul(byte[] text)
    {
        int end = Array.IndexOf(text, (byte)0);
        return end < 0 ? text : text[..end];
    }

    private static CridException Cut() => CridException.InvalidArgument("the archive ends in the middle of an entry");

    // An end of the stream counts as an end of the archive: not every writer adds the two blocks of zeros.
    private bool TryReadHeader(out TarHeader header)
    {
        header = default;
        if (!EnsureBuffered(TarHeader.Bytes))
        {
            return _start == _end ? false : throw Cut();
        }

        header = new TarHeader(ReadBlock());
        if (header.IsZero)
        {
            return false;
        }

        return header.HasValidChecksum() ? true : throw CridException.InvalidArgument("not a tar archive: the checksum of a header is wrong");
    }

    private byte[] ReadExtension(long size)
    {
        if (size is < 0 or > MaxExtendedBytes)
        {
            throw CridException.InvalidArgument($"the archive has an extended header of {size} bytes, the limit is {MaxExtendedBytes}");
        }

        StartContent(size);
        byte[] content = new byte[size];
        int done = 0;
        while (done < content.Length)
        {
            ReadOnlySpan<byte> part = ReadContent();
            skeleton?.Write(part);
            part.CopyTo(content.AsSpan(done));
            done += part.Length;
        }

        return content;
    }

    private void StartContent(long size)
    {
        _content = size;
        _padding = (int)(-size & (TarHeader.Bytes - 1));
    }

    private void SkipContent()
    {
        while (_content > 0)
        {
            ReadOnlySpan<byte> skipped = ReadContent();
            skeleton?.Write(skipped);
        }

        while (_padding > 0)
        {
            if (_start == _end && !Fill())
            {
                throw Cut();
            }

            int count = Math.Min(_padding, _end - _start);
            skeleton?.Write(_buffer, _start, count);
            _start += count;
            _padding -= count;
        }
    }

    private bool EnsureBuffered(int count)
    {
        if (_buffer.Length - _start < count)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        while (_end - _start < count)
        {
            int read = stream.Read(_buffer.AsSpan(_end));
            if (read == 0)
            {
                return false;
            }

            _end += read;
        }

        return true;
    }

    private bool Fill()
    {
        _start = 0;
        _end = stream.Read(_buffer);
        return _end > 0;
    }
}
