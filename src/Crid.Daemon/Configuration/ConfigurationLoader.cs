namespace Crid.Daemon;

/// <summary>Makes options out of files: later files and lines win, and everything that is wrong is reported at once.</summary>
internal sealed class ConfigurationLoader
{
    public const string DefaultPath = "/etc/crid/config.toml";

    private readonly List<ConfigurationError> _errors = [];
    private readonly List<string> _files = [];
    private readonly List<string> _unknownTables = [];
    private readonly Dictionary<string, Origin> _origins = new(StringComparer.Ordinal);
    private CridOptions _options = CridOptions.Default;

    /// <summary>
    /// Loads a file and the drop-ins <c>FILE.d/*.toml</c> in the order of their names. A default file that does not exist is not an error.
    /// </summary>
    /// <exception cref="ConfigurationException">Something is wrong with it.</exception>
    public static LoadedConfiguration Load(string path)
    {
        ConfigurationLoader loader = new();
        if (path != DefaultPath || File.Exists(path))
        {
            loader.AddFile(path);
        }

        string directory = $"{path}.d";
        if (Directory.Exists(directory))
        {
            foreach (string dropIn in Directory.GetFiles(directory, "*.toml").Order(StringComparer.Ordinal))
            {
                loader.AddFile(dropIn);
            }
        }

        return loader.Finish();
    }

    /// <summary>Adds one file.</summary>
    public void AddFile(string path)
    {
        try
        {
            AddText(File.ReadAllText(path), path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _errors.Add(new ConfigurationError(null, $"{path}: {exception.Message}"));
        }
    }

    /// <summary>Adds the text of one file.</summary>
    public void AddText(string text, string file)
    {
        _files.Add(file);
        foreach (Setting setting in ConfigurationFile.Parse(text, file, _errors))
        {
            // One error for an unknown table is enough.
            string key = TomlText.Key(setting.Path);
            if (_unknownTables.Exists(table => key.StartsWith(table, StringComparison.Ordinal)))
            {
                continue;
            }

            try
            {
                Apply(setting);
            }
            catch (OptionValueException exception)
            {
                _errors.Add(new ConfigurationError(setting.Origin, $"{key}: {exception.Message}"));
            }
        }
    }

    /// <summary>Checks what no single key shows and returns the options.</summary>
    /// <exception cref="ConfigurationException">Something is wrong.</exception>
    public LoadedConfiguration Finish()
    {
        if (_errors.Count == 0)
        {
            OptionRules.Check(_options, _origins, _errors);
        }

        return _errors.Count == 0
            ? new LoadedConfiguration(_options, _files, _origins)
            : throw new ConfigurationException([.. _errors]);
    }

    private void Apply(Setting setting)
    {
        if (setting.Value is null)
        {
            OpenTable(setting);
            return;
        }

        IReadOnlyList<string> path = setting.Path;
        if (UnknownKey.IsBranch(path))
        {
            throw new OptionValueException("expected a table");
        }

        if (Locate(path.Take(path.Count - 1).ToList()) is not (OptionTable table, string instance))
        {
            throw new OptionValueException(UnknownKey.Explain(path));
        }

        string key = path[^1];
        if (table.Keys.All(known => known.Name != key))
        {
            throw new OptionValueException(UnknownKey.Explain(path));
        }

        _options = table.Write(_options, instance, key, setting.Value);
        _origins[TomlText.Key(path)] = setting.Origin;
    }

    /// <summary>An opened table needs no value to count: it makes an instance of a family.</summary>
    private void OpenTable(Setting setting)
    {
        if (Locate(setting.Path) is (OptionTable table, string instance))
        {
            _options = table.Declare(_options, instance);
        }
        else if (!UnknownKey.IsBranch(setting.Path))
        {
            _unknownTables.Add($"{TomlText.Key(setting.Path)}.");
            throw new OptionValueException(UnknownKey.Explain(setting.Path));
        }
    }

    /// <summary>The table that a path names, and which of a family.</summary>
    private static (OptionTable Table, string Instance)? Locate(IReadOnlyList<string> path)
    {
        string whole = string.Join('.', path);
        if (OptionSchema.Find(whole) is { IsFamily: false } plain)
        {
            return (plain, "");
        }

        string parent = string.Join('.', path.SkipLast(1));
        return OptionSchema.Find(parent) is { IsFamily: true } family ? (family, path[^1]) : null;
    }
}
