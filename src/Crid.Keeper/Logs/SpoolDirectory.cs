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

    /// <summary>
    /// Moves what a killed keeper had read and not logged into the rests of its outputs, and removes its spools. Before anything else is logged:
    /// the ends of the logs tell what was.
    /// </summary>
    /// <param name="find">The settings of a kept container; null where it is not kept.</param>
    internal void Recover(Func<string, IoSettings?> find)
    {
        foreach (string path in Directory.EnumerateFiles(_path))
        {
            try
            {
                using Spool? spool = Spool.Find(path);
                if (spool is { State.Mode: not SpoolMode.Idle } && find(spool.Owner.Id) is { LogPath: string log } settings)
                {
                    Recover(spool, log, settings);
                }
            }
            catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException)
            {
                KeeperLog.SpoolNotRecovered(_logger, e, path);
            }

            File.Delete(path);
        }
    }

    /// <summary>Removes what an earlier program in this process may have left; there is nothing in it.</summary>
    internal void Clear() => Recover(static _ => null);

    private void Recover(Spool spool, string logPath, IoSettings settings)
    {
        (string id, OutputKind kind) = spool.Owner;
        SpoolRecovery.Settle(spool, kind, logPath, settings.MaxLineBytes);
        LineRest.Write(settings.RestPath(kind), spool.Content);
        KeeperLog.SpoolRecovered(_logger, id, spool.Content.Length);
    }
}
