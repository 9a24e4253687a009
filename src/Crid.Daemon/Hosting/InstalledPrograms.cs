using Crid.Core;

namespace Crid.Daemon;

/// <summary>Finds the programs that crid runs.</summary>
internal static class InstalledPrograms
{
    private static readonly string[] SystemDirectories = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    /// <summary>The absolute path of a program that is part of crid: what is configured, or one that was installed with this executable.</summary>
    /// <exception cref="CridException">FailedPrecondition: it is not there.</exception>
    public static string GetOwn(string name, string configured)
    {
        if (configured.Length > 0)
        {
            return File.Exists(configured) ? configured : throw Missing(name, [configured]);
        }

        string beside = Path.GetDirectoryName(Environment.ProcessPath) ?? "/";
        string[] places = [$"{beside}/{name}", Path.GetFullPath($"{beside}/../libexec/crid/{name}"), $"/usr/libexec/crid/{name}"];
        return Array.Find(places, File.Exists) ?? throw Missing(name, places);
    }

    /// <summary>The absolute path of a program given by path or name; null where it is not installed.</summary>
    public static string? Find(string pathOrName)
    {
        if (pathOrName.StartsWith('/'))
        {
            return File.Exists(pathOrName) ? pathOrName : null;
        }

        string[] path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return path.Where(static directory => directory.StartsWith('/'))
            .Concat(SystemDirectories)
            .Select(directory => $"{directory}/{pathOrName}")
            .FirstOrDefault(File.Exists);
    }

    private static CridException Missing(string name, string[] places) =>
        CridException.FailedPrecondition($"{name} is not installed; looked for {string.Join(", ", places)}");
}
