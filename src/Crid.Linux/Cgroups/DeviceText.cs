using System.Buffers.Text;

namespace Crid.Linux;

/// <summary>The forms in which cgroups account block devices.</summary>
internal static class DeviceText
{
    /// <summary>io.stat of v2: <c>8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0</c>.</summary>
    public static IReadOnlyList<DeviceUsage> ParseUnified(ReadOnlySpan<byte> text)
    {
        List<DeviceUsage> devices = [];
        foreach (Range range in text.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = text[range];
            if (TryTakeDevice(ref line, out uint major, out uint minor))
            {
                devices.Add(new DeviceUsage(major, minor)
                {
                    ReadBytes = Value(line, "rbytes="u8),
                    WrittenBytes = Value(line, "wbytes="u8),
                    Reads = Value(line, "rios="u8),
                    Writes = Value(line, "wios="u8),
                });
            }
        }

        return devices;
    }

    /// <summary>blkio.throttle.io_service_bytes_recursive of v1: a line for each device and operation, <c>8:0 Read 123</c>.</summary>
    public static void AddLegacyBytes(Dictionary<(uint Major, uint Minor), DeviceUsage> devices, ReadOnlySpan<byte> text) =>
        AddLegacy(devices, text, static (device, value) => device with { ReadBytes = value }, static (device, value) => device with { WrittenBytes = value });

    /// <summary>blkio.throttle.io_serviced_recursive of v1, in the same form.</summary>
    public static void AddLegacyOperations(Dictionary<(uint Major, uint Minor), DeviceUsage> devices, ReadOnlySpan<byte> text) =>
        AddLegacy(devices, text, static (device, value) => device with { Reads = value }, static (device, value) => device with { Writes = value });

    private static void AddLegacy(
        Dictionary<(uint Major, uint Minor), DeviceUsage> devices,
        ReadOnlySpan<byte> text,
        Func<DeviceUsage, ulong, DeviceUsage> read,
        Func<DeviceUsage, ulong, DeviceUsage> written)
    {
        foreach (Range range in text.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = text[range];
            if (!TryTakeDevice(ref line, out uint major, out uint minor))
            {
                continue;
            }

            DeviceUsage device = devices.GetValueOrDefault((major, minor)) ?? new DeviceUsage(major, minor);
            if (line.StartsWith("Read "u8))
            {
                devices[(major, minor)] = read(device, CgroupText.FindNumber(line["Read ".Length..]).GetValueOrDefault());
            }
            else if (line.StartsWith("Write "u8))
            {
                devices[(major, minor)] = written(device, CgroupText.FindNumber(line["Write ".Length..]).GetValueOrDefault());
            }
        }
    }

    private static bool TryTakeDevice(ref ReadOnlySpan<byte> line, out uint major, out uint minor)
    {
        minor = 0;
        if (!Utf8Parser.TryParse(line, out major, out int taken) || taken >= line.Length || line[taken] != (byte)':')
        {
            return false;
        }

        ReadOnlySpan<byte> rest = line[(taken + 1)..];
        if (!Utf8Parser.TryParse(rest, out minor, out taken) || taken >= rest.Length || rest[taken] != (byte)' ')
        {
            return false;
        }

        line = rest[(taken + 1)..];
        return true;
    }

    private static ulong Value(ReadOnlySpan<byte> line, ReadOnlySpan<byte> key)
    {
        int start = line.IndexOf(key);
        return start < 0 ? 0 : CgroupText.FindNumber(line[(start + key.Length)..]).GetValueOrDefault();
    }
}
