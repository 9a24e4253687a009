using System.Reflection;

namespace Crid.Cri;

/// <summary>What Version and Status tell of this program.</summary>
/// <param name="Name">The scheme of container ids in pod statuses: <c>crid://ID</c>.</param>
/// <param name="Version">A semantic version without build metadata, as kubelet parses it.</param>
/// <param name="ConfigJson">The configuration in force as a JSON object, without secrets; <c>stateDir</c> in it is what conformance tests look for.</param>
public sealed record RuntimeInformation(string Name, string Version, string ConfigJson)
{
    /// <summary>The version of an assembly without what follows a plus sign.</summary>
    public static string ReadVersion(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        string? informational = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        string version = informational ?? assembly.GetName().Version?.ToString(3) ?? "0.0.0";
        int plus = version.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? version : version[..plus];
    }
}
