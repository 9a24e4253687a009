namespace Crid.Runtimes;

/// <summary>Which containers get a hook: those that meet every condition that is there, and none where there is no condition.</summary>
internal sealed record HookConditions
{
    public bool? Always { get; init; }

    /// <summary>Regular expressions of a key and of its value; each pair has to fit some annotation.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>Regular expressions, one of which has to fit the program that the container executes.</summary>
    public IReadOnlyList<string>? Commands { get; init; }

    /// <summary>Whether the container has volumes of the host.</summary>
    public bool? HasBindMounts { get; init; }
}
