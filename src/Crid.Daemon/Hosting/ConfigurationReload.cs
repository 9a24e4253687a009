using System.Runtime.InteropServices;
using Crid.Core;

namespace Crid.Daemon;

/// <summary>
/// Reads the configuration again on SIGHUP, when its files change, and when somebody asks; applies what a running daemon can change, and tells
/// what it can't. A configuration with mistakes changes nothing.
/// </summary>
internal sealed class ConfigurationReload : IDisposable
{
    /// <summary>Editors and configuration management write files in several steps.</summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(500);

    private readonly string _path;
    private readonly LogLevelSwitch _levels;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly ITimer _settled;
    private readonly List<IDisposable> _sources = [];
    private readonly CridOptions _atStart;
    private FileSystemWatcher? _dropIns;
    private CridOptions _options;

    public ConfigurationReload(string path, CridOptions options, LogLevelSwitch levels, TimeProvider time, ILogger logger)
    {
        _path = path;
        _atStart = options;
        _options = options;
        _levels = levels;
        _logger = logger;
        _settled = time.CreateTimer(static self => ((ConfigurationReload)self!).TryReload(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What stands in the files but needs a restart.</summary>
    public IReadOnlyList<string> Pending
    {
        get
        {
            lock (_lock)
            {
                return ConfigurationChanges.Between(_atStart, _options).NeedRestart;
            }
        }
    }

    /// <summary>Begins to listen for SIGHUP and to watch the files.</summary>
    public void Start()
    {
        _sources.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            TryReload();
        }));

        // The file itself, and the directory of drop-ins, which may come and go as well.
        string directory = Path.GetDirectoryName(Path.GetFullPath(_path)) ?? "/";
        if (Watch(directory, $"{Path.GetFileName(_path)}*", WatchDropIns) is FileSystemWatcher watcher)
        {
            _sources.Add(watcher);
        }

        WatchDropIns();
    }

    /// <exception cref="CridException">InvalidArgument: the files have mistakes.</exception>
    public ConfigurationChanges Reload()
    {
        lock (_lock)
        {
            LoadedConfiguration loaded;
            try
            {
                loaded = ConfigurationLoader.Load(_path);
            }
            catch (ConfigurationException exception)
            {
                throw CridException.InvalidArgument(string.Join("; ", exception.Errors), exception);
            }

            ConfigurationChanges changes = ConfigurationChanges.Between(_options, loaded.Options);
            if (loaded.Options.Log.Level != _options.Log.Level)
            {
                _levels.Level = loaded.Options.Log.Level;
            }

            _options = loaded.Options;
            if (!changes.IsEmpty)
            {
                DaemonLog.Reloaded(_logger, string.Join(", ", changes.Applied), string.Join(", ", changes.NeedRestart));
            }

            return changes;
        }
    }

    public void Dispose()
    {
        _sources.ForEach(static source => source.Dispose());
        _dropIns?.Dispose();
        _settled.Dispose();
    }

    private void TryReload()
    {
        try
        {
            Reload();
        }
        catch (Exception exception)
        {
            DaemonLog.NotReloaded(_logger, exception);
        }
    }

    private void WatchDropIns()
    {
        lock (_lock)
        {
            _dropIns?.Dispose();
            _dropIns = Watch($"{_path}.d", "*.toml", static () => { });
        }
    }

    private FileSystemWatcher? Watch(string directory, string filter, Action onChange)
    {
        if (!Directory.Exists(directory))
        {
            return null;
        }

        FileSystemWatcher watcher = new(directory, filter)
        {
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite,
        };
        watcher.Changed += (_, _) => Touch();
        watcher.Created += OnCreatedOrDeleted;
        watcher.Deleted += OnCreatedOrDeleted;
        watcher.Renamed += OnCreatedOrDeleted;
        watcher.EnableRaisingEvents = true;
        return watcher;

        void OnCreatedOrDeleted(object sender, FileSystemEventArgs change)
        {
            onChange();
            Touch();
        }
    }

    private void Touch() => _settled.Change(SettleTime, Timeout.InfiniteTimeSpan);
}
