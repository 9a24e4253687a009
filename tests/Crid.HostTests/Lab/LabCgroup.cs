using System.Globalization;

namespace Crid.HostTests;

/// <summary>A cgroup of a test's own in which one controller limits what is put there, of either version.</summary>
internal sealed class LabCgroup
{
    private const string Root = "/sys/fs/cgroup";
    private static readonly bool IsUnified = File.Exists($"{Root}/cgroup.controllers");

    private LabCgroup(string path) => Path = path;

    internal string Path { get; }

    /// <summary>Makes a cgroup below that of a lab, with which it goes. Skips the test where the machine does not have the controller.</summary>
    internal static LabCgroup Create(string lab, string controller)
    {
        bool has = IsUnified ? File.ReadAllText($"{Root}/cgroup.controllers").Split().Contains(controller) : Directory.Exists($"{Root}/{controller}");
        Assert.SkipUnless(has, $"this machine has no cgroup controller {controller}");
        string parent = IsUnified ? $"{Root}/{lab}" : $"{Root}/{controller}/{lab}";
        LabCgroup cgroup = new($"{parent}/keeper");
        Directory.CreateDirectory(parent);
        if (IsUnified)
        {
            File.WriteAllText($"{Root}/cgroup.subtree_control", $"+{controller}");
            File.WriteAllText($"{parent}/cgroup.subtree_control", $"+{controller}");
        }

        Directory.CreateDirectory(cgroup.Path);
        return cgroup;
    }

    /// <summary>Takes from it all memory that can be taken back, and leaves it a little more than the rest.</summary>
    internal async Task LimitMemoryAsync(long room)
    {
        const long Step = 64 << 10;
        long usage = long.MaxValue;
        for (long now = await ReadMemoryAsync(); now < usage; now = await ReadMemoryAsync())
        {
            usage = now;
            try
            {
                // A limit of cgroup v2 that can't be kept kills, one of v1 is refused.
                await WriteAsync(IsUnified ? "memory.reclaim" : LimitFile, IsUnified ? Step : usage - Step);
            }
            catch (IOException)
            {
                // EAGAIN or EBUSY: what is left can't be taken back.
            }
        }

        await WriteAsync(LimitFile, usage + room);
    }

    internal Task UnlimitMemoryAsync() => File.WriteAllTextAsync($"{Path}/{LimitFile}", IsUnified ? "max" : "-1");

    private static string LimitFile => IsUnified ? "memory.max" : "memory.limit_in_bytes";

    private Task WriteAsync(string file, long value) => File.WriteAllTextAsync($"{Path}/{file}", value.ToString(CultureInfo.InvariantCulture));

    private async Task<long> ReadMemoryAsync() => long.Parse(
        await File.ReadAllTextAsync($"{Path}/{(IsUnified ? "memory.current" : "memory.usage_in_bytes")}"), CultureInfo.InvariantCulture);
}
