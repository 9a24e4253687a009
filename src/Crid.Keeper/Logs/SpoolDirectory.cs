using System.Globalization;
using Crid.Linux;
using Microsoft.Extensions.Logging;

namespace Crid.Keeper;

/// <summary>Where the spools of this keeper's threads lie, in a tmpfs; from any thread.</summary>
internal sealed class SpoolDirectory
{
    private readonly string _path;
    private readonly ILogger _logger;
    private int _last;

    internal SpoolDirectory(string path, ILogger logger)
    {
        _path = path;
        _logger = logger;
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Makes a spool for a thread; where there is no room, one that does not outlive the keeper.</summary>
    internal Spool Create()
    {
        string path = $"{_path}/{Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture)}";
        try
        {
            return Spool.Create(path);
        }
        catch (Exception e) when (e is LinuxException or IOException)
        {
            KeeperLog.SpoolNotMade(_logger, e, path);
            return Spool.InMemory();
        }
    }

    /// <summary>The spools in which a killed keeper has left something, by container. Those without anything are removed.</summary>
    internal Dictionary<string, List<string>> FindLeft()
    {
        Dictionary<string, List<string>> left = [];
        foreach (string path in Directory.EnumerateFiles(_path))
        {
            if (FindOwner(path) is string id)
            {
                left.TryAdd(id, []);
                left[id].Add(path);
            }
            else
            {
                File.Delete(path);
            }

            // New spools get other names: these are settled while new ones are made.
            _last = int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? Math.Max(_last, number) : _last;
        }

        return left;
    }

    /// <summary>
    /// Moves what a killed keeper had read and not logged into the rest of its output, and removes the spool. Before anything else of the
    /// container is logged: the end of its log tells what was. May wait for the log's disk.
    /// </summary>
    internal void Settle(string path, string logPath, IoSettings settings)
    {
        try
        {
            using Spool? spool = Spool.Find(path);
            if (spool is not null)
            {
                (string id, OutputKind kind) = spool.Owner;
                SpoolRecovery.Settle(spool, kind, logPath, settings.MaxLineBytes);
                LineRest.Write(settings.RestPath(kind), spool.Content);
                KeeperLog.SpoolRecovered(_logger, id, spool.Content.Length);
            }
        }
        catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException)
        {
            KeeperLog.SpoolNotRecovered(_logger, e, path);
        }

        File.Delete(path);
    }

    /// <summary>Removes spools of which nobody needs what is in them.</summary>
    internal static void Remove(IEnumerable<string> paths)
    {
        foreach (string path in paths)
        {
            File.Delete(path);
        }
    }

    /// <summary>Removes what an earlier program in this process may have left; there is nothing in it.</summary>
    internal void Clear() => Remove(Directory.EnumerateFiles(_path));

    private string? FindOwner(string path)
    {
        try
        {
            return Spool.FindOwner(path);
        }
        catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException)
        {
            KeeperLog.SpoolNotRecovered(_logger, e, path);
            return null;
        }
    }
}
