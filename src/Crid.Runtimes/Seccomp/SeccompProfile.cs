using System.Text.Json;
using Crid.Core;
using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>The seccomp filter of a container.</summary>
internal static class SeccompProfile
{
    private const string LocalhostPrefix = "localhost/";

    /// <returns>Null for none.</returns>
    /// <exception cref="CridException">InvalidArgument: the profile can't be read. FailedPrecondition: the kernel has no seccomp.</exception>
    public static OciSeccomp? For(SecuritySpec security, IReadOnlyList<string> capabilities, HostFacts host, IHostFiles files)
    {
        if (security.Privileged || security.Seccomp is not { } profile)
        {
            return null;
        }

        if (profile.Kind != ProfileKind.Localhost && profile.LocalhostRef.Length > 0)
        {
            throw CridException.InvalidArgument($"seccomp profile '{profile.LocalhostRef}' goes with type Localhost only");
        }

        if (profile.Kind == ProfileKind.Unconfined)
        {
            return null;
        }

        if (!host.Seccomp)
        {
            throw CridException.FailedPrecondition("a seccomp profile is asked for, and this kernel has no seccomp filters");
        }

        return profile.Kind switch
        {
            ProfileKind.RuntimeDefault => SeccompDefaultProfile.For(host.Architecture, capabilities),
            ProfileKind.Localhost => FromFile(profile.LocalhostRef, capabilities, host, files),
            _ => throw CridException.InvalidArgument($"seccomp profile type {(int)profile.Kind} is not known"),
        };
    }

    private static OciSeccomp FromFile(string reference, IReadOnlyList<string> capabilities, HostFacts host, IHostFiles files)
    {
        string path = reference.StartsWith(LocalhostPrefix, StringComparison.Ordinal) ? reference[LocalhostPrefix.Length..] : reference;
        if (!Path.IsPathRooted(path))
        {
            throw CridException.InvalidArgument($"seccomp profile '{reference}' is not an absolute path");
        }

        try
        {
            SeccompFile file = JsonSerializer.Deserialize(files.ReadProfile(path), SeccompJson.Default.SeccompFile)
                ?? throw CridException.InvalidArgument($"seccomp profile '{path}' is empty");
            return file.ToOci(host, capabilities);
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException)
        {
            throw CridException.InvalidArgument($"seccomp profile '{path}' is not a seccomp filter: {exception.Message}", exception);
        }
    }
}
