using Tomlyn.Syntax;

namespace Crid.Daemon;

/// <summary>One key of a table whose values fill a <typeparamref name="TSection"/>.</summary>
internal abstract class OptionKey<TSection>(string name, string description)
{
    public string Name => name;

    public string Description => description;

    /// <summary>What values look like.</summary>
    public abstract string TypeDescription { get; }

    /// <summary>The section with the value in it.</summary>
    /// <exception cref="OptionValueException">The value does not fit.</exception>
    public abstract TSection Write(TSection section, ValueSyntax value);

    /// <summary>The section's value as TOML.</summary>
    public abstract string Format(TSection section);
}

/// <summary>A key whose values are of one type.</summary>
internal sealed class OptionKey<TSection, TValue>(
    string name,
    string description,
    OptionType<TValue> type,
    Func<TSection, TValue> read,
    Func<TSection, TValue, TSection> write) : OptionKey<TSection>(name, description)
{
    public override string TypeDescription => type.Description;

    public override TSection Write(TSection section, ValueSyntax value) => write(section, type.Read(value));

    public override string Format(TSection section) => type.Format(read(section));
}
