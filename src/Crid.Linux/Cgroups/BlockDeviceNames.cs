using System.Collections.Concurrent;

namespace Crid.Linux;

/// <summary>What block devices are called.</summary>
public static class BlockDeviceNames
{
    private static readonly ConcurrentDictionary<(uint Major, uint Minor), string> Names = [];

    /// <summary>The path of a device's file, such as /dev/sda; empty where the kernel does not know the device any more.</summary>
    public static string Get(uint major, uint minor) => Names.GetOrAdd((major, minor), static device => Find(device.Major, device.Minor));

    private static string Find(uint major, uint minor)
    {
        try
        {
            string? directory = Directory.ResolveLinkTarget($"/sys/dev/block/{major}:{minor}", returnFinalTarget: false)?.Name;
            return directory is null ? "" : $"/dev/{directory.Replace('!', '/')}";
        }
        catch (IOException)
        {
            return "";
        }
    }
}
