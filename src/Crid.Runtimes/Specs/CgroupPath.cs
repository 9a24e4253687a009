using System.Buffers;
using System.Text;
using System.Text.Json;
using Crid.Core;
using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>The cgroup of a container or sandbox, in the form that OCI runtimes take for each driver.</summary>
public static class CgroupPath
{
    private const string DefaultParent = "/crid";
    private const string DefaultSlice = "system.slice";
    private const string ScopePrefix = "crid";
    private const string RootSlice = "-.slice";
    private const string SliceSuffix = ".slice";
    private const int MaxUnitName = 255;
    private static readonly SearchValues<char> SliceCharacters =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.\\");

    /// <exception cref="CridException">InvalidArgument: the parent does not fit the driver, or systemd would refuse it.</exception>
    public static void CheckParent(CgroupDriver driver, string parent)
    {
        ArgumentNullException.ThrowIfNull(parent);
        string last = LastElement(parent);
        bool isSlice = last.EndsWith(SliceSuffix, StringComparison.Ordinal);
        if (last.Length > 0 && isSlice != (driver == CgroupDriver.Systemd))
        {
            throw CridException.InvalidArgument(isSlice
                ? $"cgroup parent '{parent}' is a systemd slice, and the cgroup driver is cgroupfs"
                : $"cgroup parent '{parent}' is not a systemd slice, and the cgroup driver is systemd");
        }

        if (isSlice && !IsSliceName(last))
        {
            throw CridException.InvalidArgument($"cgroup parent '{parent}' is not a valid name of a systemd slice");
        }
    }

    /// <exception cref="CridException">InvalidArgument: the parent does not fit the driver.</exception>
    public static string For(CgroupDriver driver, string parent, string id)
    {
        CheckParent(driver, parent);
        string name = parent.TrimEnd('/');
        string last = LastElement(parent);
        return driver == CgroupDriver.Systemd
            ? $"{(last.Length > 0 ? last : DefaultSlice)}:{ScopePrefix}:{id}"
            : $"{(last.Length > 0 ? ContainerPath.Clean("/" + name) : DefaultParent)}/{id}";
    }

    /// <summary>What a bundle names as its container's cgroup; null where there is no bundle or only half of one.</summary>
    public static string? FindOfBundle(string directory)
    {
        string path = new Bundle(directory).ConfigPath;
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), OciJson.Default.OciSpec)?.Linux?.CgroupsPath : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The directory below the cgroup mount that a path of either form stands for.</summary>
    /// <remarks>A slice a-b.slice lies in a.slice, and -.slice is the root: systemd.slice(5).</remarks>
    internal static string ToDirectory(string path)
    {
        if (path.StartsWith('/'))
        {
            return path;
        }

        string[] parts = path.Split(':');
        if (parts.Length != 3)
        {
            throw CridException.InvalidArgument($"'{path}' is neither a cgroup path nor slice:prefix:name");
        }

        return $"{SliceDirectory(parts[0])}/{parts[1]}-{parts[2]}.scope";
    }

    /// <summary>
    /// What systemd takes: dashes part a name into those of the slices above it, so no part is empty. The colon, which it takes too, is not let
    /// through: OCI runtimes part slice, prefix and name by it.
    /// </summary>
    private static bool IsSliceName(string name) =>
        name == RootSlice
        || (name.Length <= MaxUnitName
            && !name.AsSpan().ContainsAnyExcept(SliceCharacters)
            && Array.TrueForAll(name[..^SliceSuffix.Length].Split('-'), static part => part.Length > 0));

    private static string SliceDirectory(string name)
    {
        if (name == RootSlice)
        {
            return "";
        }

        string slice = name[..^SliceSuffix.Length];
        StringBuilder directory = new();
        for (int dash = slice.IndexOf('-', StringComparison.Ordinal); dash >= 0; dash = slice.IndexOf('-', dash + 1))
        {
            directory.Append('/').Append(slice, 0, dash).Append(SliceSuffix);
        }

        return directory.Append('/').Append(name).ToString();
    }

    private static string LastElement(string parent)
    {
        string name = parent.TrimEnd('/');
        return name[(name.LastIndexOf('/') + 1)..];
    }
}
