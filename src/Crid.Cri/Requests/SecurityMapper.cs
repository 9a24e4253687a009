using Crid.Runtimes;

namespace Crid.Cri;

/// <summary>Security contexts between the CRI and crid's records.</summary>
internal static class SecurityMapper
{
    private const string LocalhostPrefix = "localhost/";

    public static SecuritySpec ToSpec(Api.LinuxSandboxSecurityContext? context, string field)
    {
        if (context is null)
        {
            return new SecuritySpec();
        }

        RequireUserForGroup(context.RunAsUser, "", context.RunAsGroup, field);
        return new SecuritySpec
        {
            Namespaces = NamespacesMapper.ToSandboxSpec(context.NamespaceOptions, field + ".namespace_options"),
            Privileged = context.Privileged,
            RunAsUser = Id(context.RunAsUser, field + ".run_as_user"),
            RunAsGroup = Id(context.RunAsGroup, field + ".run_as_group"),
            SupplementalGroups = Groups(context.SupplementalGroups, field),
            SupplementalGroupsPolicy = Policy(context.SupplementalGroupsPolicy, field),
            ReadonlyRootfs = context.ReadonlyRootfs,
#pragma warning disable CS0612 // The deprecated field still counts where its successor is absent.
            Seccomp = Seccomp(context.Seccomp, context.SeccompProfilePath, field),
#pragma warning restore CS0612
            AppArmor = Profile(context.Apparmor, field + ".apparmor"),
            Selinux = Selinux(context.SelinuxOptions),
        };
    }

    public static SecuritySpec ToSpec(Api.LinuxContainerSecurityContext? context, string field)
    {
        if (context is null)
        {
            return new SecuritySpec();
        }

        RequireUserForGroup(context.RunAsUser, context.RunAsUsername, context.RunAsGroup, field);
        return new SecuritySpec
        {
            Namespaces = NamespacesMapper.ToContainerSpec(context.NamespaceOptions, field + ".namespace_options"),
            Privileged = context.Privileged,
            Capabilities = Capabilities(context.Capabilities),
            RunAsUser = Id(context.RunAsUser, field + ".run_as_user"),
            RunAsUsername = Require.NoNul(context.RunAsUsername, field + ".run_as_username"),
            RunAsGroup = Id(context.RunAsGroup, field + ".run_as_group"),
            SupplementalGroups = Groups(context.SupplementalGroups, field),
            SupplementalGroupsPolicy = Policy(context.SupplementalGroupsPolicy, field),
            ReadonlyRootfs = context.ReadonlyRootfs,
            NoNewPrivileges = context.NoNewPrivs,
#pragma warning disable CS0612 // The deprecated fields still count where their successors are absent.
            Seccomp = Seccomp(context.Seccomp, context.SeccompProfilePath, field),
            AppArmor = AppArmor(context.Apparmor, context.ApparmorProfile, field),
#pragma warning restore CS0612
            Selinux = Selinux(context.SelinuxOptions),
            MaskedPaths = Paths(context.MaskedPaths, field + ".masked_paths"),
            ReadonlyPaths = Paths(context.ReadonlyPaths, field + ".readonly_paths"),
        };
    }

    private static void RequireUserForGroup(Api.Int64Value? user, string username, Api.Int64Value? group, string field)
    {
        if (group is not null && user is null && username.Length == 0)
        {
            throw Require.Invalid(field + ".run_as_group", "is given without a user");
        }
    }

    private static long? Id(Api.Int64Value? value, string field) => value is null ? null : Require.Id(value.Value, field);

    private static long[] Groups(IEnumerable<long> groups, string field) =>
        [.. groups.Select(group => Require.Id(group, field + ".supplemental_groups"))];

    private static string[] Paths(IEnumerable<string> paths, string field) => [.. paths.Select(path => Require.Absolute(path, field))];

    private static SupplementalGroupsPolicy Policy(Api.SupplementalGroupsPolicy policy, string field) =>
        Require.Enum<Api.SupplementalGroupsPolicy, SupplementalGroupsPolicy>(policy, field + ".supplemental_groups_policy");

    private static CapabilitiesSpec? Capabilities(Api.Capability? capabilities) => capabilities is null
        ? null
        : new CapabilitiesSpec([.. capabilities.AddCapabilities], [.. capabilities.DropCapabilities], [.. capabilities.AddAmbientCapabilities]);

    private static SelinuxSpec? Selinux(Api.SELinuxOption? options) => options is null
        ? null
        : new SelinuxSpec(options.User, options.Role, options.Type, options.Level);

    private static SecurityProfileSpec? Seccomp(Api.SecurityProfile? profile, string deprecated, string field) =>
        profile is null ? FromText(deprecated, field + ".seccomp_profile_path") : Profile(profile, field + ".seccomp");

    private static SecurityProfileSpec? AppArmor(Api.SecurityProfile? profile, string deprecated, string field) =>
        profile is null ? FromText(deprecated, field + ".apparmor_profile") : Profile(profile, field + ".apparmor");

    private static SecurityProfileSpec? Profile(Api.SecurityProfile? profile, string field)
    {
        if (profile is null)
        {
            return null;
        }

        ProfileKind kind = Require.Enum<Api.SecurityProfile.Types.ProfileType, ProfileKind>(profile.ProfileType, field + ".profile_type");
        if (kind == ProfileKind.Localhost)
        {
            return Localhost(profile.LocalhostRef, field + ".localhost_ref");
        }

        return profile.LocalhostRef.Length == 0
            ? new SecurityProfileSpec(kind, "")
            : throw Require.Invalid(field + ".localhost_ref", "is given for a profile that is not of type Localhost");
    }

    private static SecurityProfileSpec Localhost(string reference, string field)
    {
        string name = reference.StartsWith(LocalhostPrefix, StringComparison.Ordinal) ? reference[LocalhostPrefix.Length..] : reference;
        return new SecurityProfileSpec(ProfileKind.Localhost, Require.NoNul(Require.NotEmpty(name, field), field));
    }

    private static SecurityProfileSpec? FromText(string text, string field) => text switch
    {
        "" => null,
        "runtime/default" or "docker/default" => new SecurityProfileSpec(ProfileKind.RuntimeDefault, ""),
        "unconfined" => new SecurityProfileSpec(ProfileKind.Unconfined, ""),
        _ when text.StartsWith(LocalhostPrefix, StringComparison.Ordinal) => Localhost(text, field),
        _ => throw Require.Invalid(field, $"'{text}' is not a known profile"),
    };
}
