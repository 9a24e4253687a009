using Tomlyn.Syntax;

namespace Crid.Daemon;

/// <summary>A type of option: how its values are read from TOML and written to it.</summary>
internal abstract class OptionType<T>
{
    /// <summary>What a person calls it, with an example where the form is not plain.</summary>
    public abstract string Description { get; }

    /// <exception cref="OptionValueException">The value is of another type or out of range.</exception>
    public abstract T Read(ValueSyntax value);

    /// <summary>The value as TOML.</summary>
    public abstract string Format(T value);
}
