using System.Diagnostics.CodeAnalysis;
using Tomlyn.Syntax;

namespace Crid.Daemon;

/// <summary>
/// A table of the configuration, <c>[name]</c>, or a family of them, <c>[name.INSTANCE]</c>. A plain table has one instance, whose name is empty.
/// </summary>
internal abstract class OptionTable(string name, string description, bool isFamily)
{
    public string Name => name;

    public string Description => description;

    public bool IsFamily => isFamily;

    /// <summary>What stands between the brackets of an instance's header.</summary>
    public string HeaderOf(string instance) => isFamily ? $"{name}.{TomlText.Key(instance)}" : name;

    /// <summary>The names and descriptions of its keys, in the order of the file.</summary>
    public abstract IReadOnlyList<OptionDescription> Keys { get; }

    /// <summary>Those of a family that the options have.</summary>
    public abstract IEnumerable<string> Instances(CridOptions options);

    /// <summary>The options with the instance in them, if only with default values.</summary>
    public abstract CridOptions Declare(CridOptions options, string instance);

    /// <exception cref="OptionValueException">The value does not fit.</exception>
    public abstract CridOptions Write(CridOptions options, string instance, string key, ValueSyntax value);

    /// <summary>A value as TOML.</summary>
    public abstract string Format(CridOptions options, string instance, string key);
}

/// <summary>A table whose values fill a <typeparamref name="TSection"/>.</summary>
internal sealed class OptionTable<TSection> : OptionTable
    where TSection : new()
{
    private readonly Func<CridOptions, IReadOnlyDictionary<string, TSection>> _read;
    private readonly Func<CridOptions, string, TSection, CridOptions> _write;
    private readonly List<OptionKey<TSection>> _keys = [];
    private readonly HashSet<string> _liveKeys = [];

    /// <summary>A plain table.</summary>
    public OptionTable(string name, string description, Func<CridOptions, TSection> read, Func<CridOptions, TSection, CridOptions> write)
        : base(name, description, isFamily: false)
    {
        _read = options => new Dictionary<string, TSection>(StringComparer.Ordinal) { [""] = read(options) };
        _write = (options, _, section) => write(options, section);
    }

    /// <summary>A family of tables.</summary>
    public OptionTable(
        string name,
        string description,
        Func<CridOptions, IReadOnlyDictionary<string, TSection>> read,
        Func<CridOptions, IReadOnlyDictionary<string, TSection>, CridOptions> write)
        : base(name, description, isFamily: true)
    {
        _read = read;
        _write = (options, instance, section) =>
            write(options, new Dictionary<string, TSection>(read(options), StringComparer.Ordinal) { [instance] = section });
    }

    public override IReadOnlyList<OptionDescription> Keys =>
        [.. _keys.Select(key => new OptionDescription(key.Name, key.TypeDescription, key.Description, _liveKeys.Contains(key.Name)))];

    /// <summary>Adds a key.</summary>
    public OptionTable<TSection> Key<TValue>(
        string name,
        OptionType<TValue> type,
        string description,
        Func<TSection, TValue> read,
        Func<TSection, TValue, TSection> write)
    {
        _keys.Add(new OptionKey<TSection, TValue>(name, description, type, read, write));
        return this;
    }

    /// <summary>Lets changes of the key that was added last take effect in a running daemon.</summary>
    public OptionTable<TSection> Live()
    {
        _liveKeys.Add(_keys[^1].Name);
        return this;
    }

    public override IEnumerable<string> Instances(CridOptions options) => _read(options).Keys;

    public override CridOptions Declare(CridOptions options, string instance) =>
        _read(options).ContainsKey(instance) ? options : _write(options, instance, new TSection());

    public override CridOptions Write(CridOptions options, string instance, string key, ValueSyntax value) =>
        _write(options, instance, Find(key).Write(_read(Declare(options, instance))[instance], value));

    public override string Format(CridOptions options, string instance, string key) =>
        Find(key).Format(_read(options)[instance]);

    [SuppressMessage("Performance", "CA1859", Justification = "The type of the value is only known to the key itself.")]
    private OptionKey<TSection> Find(string name) => _keys.Find(key => key.Name == name)!;
}
