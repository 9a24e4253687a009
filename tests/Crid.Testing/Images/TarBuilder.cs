using System.Globalization;
using System.Text;

namespace Crid.Testing;

/// <summary>Writes tar archives byte by byte, valid ones and others.</summary>
public sealed class TarBuilder
{
    private readonly MemoryStream _archive = new();

    public TarBuilder AddFile(string name, string content, uint mode = 0x1A4, uint user = 0, uint group = 0, long modified = 1_000_000_000) =>
        AddEntry('0', Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(content), mode: mode, user: user, group: group, modified: modified);

    public TarBuilder AddFile(string name, byte[] content) => AddEntry('0', Encoding.UTF8.GetBytes(name), content);

    public TarBuilder AddDirectory(string name, uint mode = 0x1ED, uint user = 0, uint group = 0, long modified = 1_000_000_000) =>
        AddEntry('5', Encoding.UTF8.GetBytes(name + "/"), [], mode: mode, user: user, group: group, modified: modified);

    public TarBuilder AddSymbolicLink(string name, string target) => AddEntry('2', Encoding.UTF8.GetBytes(name), [], Encoding.UTF8.GetBytes(target));

    public TarBuilder AddHardLink(string name, string target) => AddEntry('1', Encoding.UTF8.GetBytes(name), [], Encoding.UTF8.GetBytes(target));

    public TarBuilder AddDevice(char type, string name, uint major, uint minor) =>
        AddEntry(type, Encoding.UTF8.GetBytes(name), [], major: major, minor: minor);

    /// <summary>Adds an extended header for the entry that follows.</summary>
    public TarBuilder AddPax(params (string Key, byte[] Value)[] records)
    {
        MemoryStream content = new();
        foreach ((string key, byte[] value) in records)
        {
            int payload = Encoding.UTF8.GetByteCount(key) + value.Length + 3;
            int length = payload + 1;
            while (length != payload + length.ToString(CultureInfo.InvariantCulture).Length)
            {
                length = payload + length.ToString(CultureInfo.InvariantCulture).Length;
            }

            content.Write(Encoding.UTF8.GetBytes($"{length} {key}="));
            content.Write(value);
            content.WriteByte((byte)'\n');
        }

        return AddEntry('x', "PaxHeaders/entry"u8.ToArray(), content.ToArray());
    }

    public TarBuilder AddPax(string key, string value) => AddPax((key, Encoding.UTF8.GetBytes(value)));

    /// <summary>Adds an entry of any type with a header of the ustar form.</summary>
    public TarBuilder AddEntry(
        char type, byte[] name, byte[] content, byte[]? link = null, uint mode = 0x1A4, uint user = 0, uint group = 0, long modified = 1_000_000_000,
        uint major = 0, uint minor = 0)
    {
        byte[] header = new byte[512];
        name.AsSpan(0, Math.Min(100, name.Length)).CopyTo(header);
        WriteOctal(header, 100, 8, mode);
        WriteOctal(header, 108, 8, user);
        WriteOctal(header, 116, 8, group);
        WriteOctal(header, 124, 12, content.Length);
        WriteOctal(header, 136, 12, modified);
        header[156] = (byte)type;
        (link ?? []).AsSpan(0, Math.Min(100, link?.Length ?? 0)).CopyTo(header.AsSpan(157));
        "ustar\000"u8.CopyTo(header.AsSpan(257));
        WriteOctal(header, 329, 8, major);
        WriteOctal(header, 337, 8, minor);
        return AddRaw(header, content);
    }

    /// <summary>Adds a header as it is, with its checksum set, and content padded to whole blocks.</summary>
    public TarBuilder AddRaw(byte[] header, byte[] content)
    {
        header.AsSpan(148, 8).Fill((byte)' ');
        int sum = 0;
        foreach (byte value in header)
        {
            sum += value;
        }

        WriteOctal(header, 148, 7, sum);
        _archive.Write(header);
        _archive.Write(content);
        _archive.Write(new byte[-content.Length & 511]);
        return this;
    }

    /// <summary>The archive with its end.</summary>
    public byte[] Build() => [.. _archive.ToArray(), .. new byte[1024]];

    private static void WriteOctal(byte[] header, int offset, int length, long value) =>
        Encoding.ASCII.GetBytes(Convert.ToString(value, 8).PadLeft(length - 1, '0')).CopyTo(header.AsSpan(offset));
}
