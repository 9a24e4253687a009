namespace Crid.Core;

/// <summary>The id of a sandbox: 64 lower-case hexadecimal characters, safe as a path element and as an OCI container id.</summary>
public readonly record struct SandboxId
{
    private SandboxId(string value) => Value = value;

    public string Value { get; }

    /// <summary>The first 12 characters, as people are shown it.</summary>
    public string Short => Value[..12];

    public static SandboxId New() => new(HexId.New());

    /// <exception cref="CridException">InvalidArgument: not an id.</exception>
    public static SandboxId Parse(string text) =>
        TryParse(text, out SandboxId id) ? id : throw CridException.InvalidArgument($"'{text}' is not a sandbox id");

    public static bool TryParse(string? text, out SandboxId id)
    {
        bool valid = text is not null && HexId.IsValid(text);
        id = valid ? new SandboxId(text!) : default;
        return valid;
    }

    public override string ToString() => Value;
}
