namespace Crid.Oci;

/// <summary>The hooks of a container by their stage: runtime-spec config.md, POSIX-platform hooks. A stage that is null has none.</summary>
public sealed record OciHooks
{
    public IReadOnlyList<OciHook>? Prestart { get; init; }

    public IReadOnlyList<OciHook>? CreateRuntime { get; init; }

    public IReadOnlyList<OciHook>? CreateContainer { get; init; }

    public IReadOnlyList<OciHook>? StartContainer { get; init; }

    public IReadOnlyList<OciHook>? Poststart { get; init; }

    public IReadOnlyList<OciHook>? Poststop { get; init; }

    /// <summary>The hooks with one more at the end of its stage; null where there is no stage of that name.</summary>
    public OciHooks? Append(string stage, OciHook hook) => stage switch
    {
        "prestart" => this with { Prestart = [.. Prestart ?? [], hook] },
        "createRuntime" => this with { CreateRuntime = [.. CreateRuntime ?? [], hook] },
        "createContainer" => this with { CreateContainer = [.. CreateContainer ?? [], hook] },
        "startContainer" => this with { StartContainer = [.. StartContainer ?? [], hook] },
        "poststart" => this with { Poststart = [.. Poststart ?? [], hook] },
        "poststop" => this with { Poststop = [.. Poststop ?? [], hook] },
        _ => null,
    };
}
