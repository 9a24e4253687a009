namespace Crid.Core;

/// <summary>The id of a container: 64 lower-case hexadecimal characters, safe as a path element and as an OCI container id.</summary>
public readonly record struct ContainerId
{
    private ContainerId(string value) => Value = value;

    public string Value { get; }

    /// <summary>The first 12 characters, as people are shown it.</summary>
    public string Short => Value[..12];

    public static ContainerId New() => new(HexId.New());

    /// <exception cref="CridException">InvalidArgument: not an id.</exception>
    public static ContainerId Parse(string text) =>
        TryParse(text, out ContainerId id) ? id : throw CridException.InvalidArgument($"'{text}' is not a container id");

    public static bool TryParse(string? text, out ContainerId id)
    {
        bool valid = text is not null && HexId.IsValid(text);
        id = valid ? new ContainerId(text!) : default;
        return valid;
    }

    public override string ToString() => Value;
}
