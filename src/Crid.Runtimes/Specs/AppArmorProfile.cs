using Crid.Core;

namespace Crid.Runtimes;

/// <summary>The AppArmor profile of a container.</summary>
internal static class AppArmorProfile
{
    /// <summary>The profile that stands for RuntimeDefault; a container that does not say has it where it could be loaded.</summary>
    public const string Default = "crid-default";

    private const string LocalhostPrefix = "localhost/";

    /// <returns>Null for none.</returns>
    /// <exception cref="CridException">FailedPrecondition: the profile is not loaded, or the host has no AppArmor.</exception>
    public static string? For(SecuritySpec security, HostFacts host, IHostFiles files)
    {
        ProfileKind? kind = security.AppArmor?.Kind;
        if (kind is ProfileKind.Unconfined || (kind is null && !host.AppArmor))
        {
            return null;
        }

        if (!host.AppArmor)
        {
            throw CridException.FailedPrecondition("an AppArmor profile is asked for, and this host has no AppArmor");
        }

        return kind switch
        {
            ProfileKind.Localhost => Loaded(LocalName(security.AppArmor!.LocalhostRef), files),
            ProfileKind.RuntimeDefault => security.Privileged ? null : Loaded(Default, files),
            null => !security.Privileged && files.IsAppArmorProfileLoaded(Default) ? Default : null,
            _ => throw CridException.InvalidArgument($"AppArmor profile type {(int)kind} is not known"),
        };
    }

    private static string LocalName(string reference) =>
        reference.StartsWith(LocalhostPrefix, StringComparison.Ordinal) ? reference[LocalhostPrefix.Length..] : reference;

    private static string Loaded(string name, IHostFiles files) => files.IsAppArmorProfileLoaded(name)
        ? name
        : throw CridException.FailedPrecondition($"AppArmor profile '{name}' is not loaded");
}
