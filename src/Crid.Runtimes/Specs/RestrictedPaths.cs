namespace Crid.Runtimes;

/// <summary>
/// Paths that a container can't read, or can't write: exactly those of the request. An empty list is a wish too, for a pod that asks for
/// an unmasked /proc sends none.
/// </summary>
internal static class RestrictedPaths
{
    public static IReadOnlyList<string>? Masked(SecuritySpec security) => Unless(security.Privileged, security.MaskedPaths);

    public static IReadOnlyList<string>? Readonly(SecuritySpec security) => Unless(security.Privileged, security.ReadonlyPaths);

    private static IReadOnlyList<string>? Unless(bool privileged, IReadOnlyList<string> paths) =>
        privileged || paths.Count == 0 ? null : paths;
}
