namespace Crid.Runtimes;

/// <summary>The names of the Container Device Interface: <c>vendor/class=device</c>.</summary>
internal static class CdiName
{
    /// <summary>Splits a qualified name into its kind, <c>vendor/class</c>, and the device.</summary>
    public static bool TryParse(string name, out string kind, out string device)
    {
        int equals = name.IndexOf('=', StringComparison.Ordinal);
        (kind, device) = equals < 0 ? (name, "") : (name[..equals], name[(equals + 1)..]);
        return IsKind(kind) && IsDevice(device);
    }

    public static string Qualify(string kind, string device) => $"{kind}={device}";

    public static bool IsKind(string kind)
    {
        int slash = kind.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && IsVendorOrClass(kind.AsSpan(0, slash)) && IsVendorOrClass(kind.AsSpan(slash + 1));
    }

    public static bool IsDevice(string device) => IsWord(device, ".-_:") && char.IsAsciiLetterOrDigit(device[0]);

    private static bool IsVendorOrClass(ReadOnlySpan<char> name) => IsWord(name, ".-_") && char.IsAsciiLetter(name[0]);

    private static bool IsWord(ReadOnlySpan<char> name, ReadOnlySpan<char> further)
    {
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !further.Contains(c))
            {
                return false;
            }
        }

        return name.Length > 0 && char.IsAsciiLetterOrDigit(name[^1]);
    }
}
