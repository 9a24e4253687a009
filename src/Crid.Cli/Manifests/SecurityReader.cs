namespace Crid.Cli;

/// <summary>Reads the security contexts of pods and containers.</summary>
internal static class SecurityReader
{
    private const long LargestId = int.MaxValue;

    public static PodSecurityManifest ReadPod(YamlFields fields)
    {
        PodSecurityManifest result = new()
        {
            RunAsUser = fields.Integer("runAsUser", 0, LargestId),
            RunAsGroup = fields.Integer("runAsGroup", 0, LargestId),
            RunAsNonRoot = fields.Boolean("runAsNonRoot"),
            FsGroup = fields.Integer("fsGroup", 0, LargestId),
            SupplementalGroups = fields.Integers("supplementalGroups"),
            Seccomp = ReadSeccomp(fields),
            Sysctls = fields.Maps("sysctls").Select(ReadSysctl).DistinctBy(sysctl => sysctl.Name).ToDictionary(sysctl => sysctl.Name, sysctl => sysctl.Value),
        };
        fields.Ignore("fsGroupChangePolicy", "windowsOptions");
        fields.Refuse("seLinuxOptions", "appArmorProfile", "supplementalGroupsPolicy", "seLinuxChangePolicy");
        fields.Finish();
        return result;
    }

    public static ContainerSecurityManifest ReadContainer(YamlFields fields)
    {
        YamlFields? capabilities = fields.Map("capabilities");
        ContainerSecurityManifest result = new()
        {
            RunAsUser = fields.Integer("runAsUser", 0, LargestId),
            RunAsGroup = fields.Integer("runAsGroup", 0, LargestId),
            RunAsNonRoot = fields.Boolean("runAsNonRoot"),
            Privileged = fields.Boolean("privileged") ?? false,
            ReadOnlyRootFilesystem = fields.Boolean("readOnlyRootFilesystem") ?? false,
            AllowPrivilegeEscalation = fields.Boolean("allowPrivilegeEscalation") ?? true,
            UnmaskedProc = fields.OneOf("procMount", "Default", "Unmasked") == "Unmasked",
            AddCapabilities = capabilities?.Strings("add") ?? [],
            DropCapabilities = capabilities?.Strings("drop") ?? [],
            Seccomp = ReadSeccomp(fields),
        };
        capabilities?.Finish();
        fields.Ignore("windowsOptions");
        fields.Refuse("seLinuxOptions", "appArmorProfile");
        fields.Finish();
        return result;
    }

    private static SeccompManifest? ReadSeccomp(YamlFields fields)
    {
        if (fields.Map("seccompProfile") is not YamlFields profile)
        {
            return null;
        }

        string type = profile.OneOf("type", "RuntimeDefault", "Unconfined", "Localhost");
        string? path = profile.String("localhostProfile");
        if (type == "Localhost" && path?.StartsWith('/') != true)
        {
            profile.Error("localhostProfile", "must be an absolute path with type Localhost (there is no kubelet directory here)");
        }

        profile.Finish();
        return new SeccompManifest(type, path);
    }

    private static (string Name, string Value) ReadSysctl(YamlFields fields)
    {
        (string, string) sysctl = (fields.RequiredString("name"), fields.RequiredString("value"));
        fields.Finish();
        return sysctl;
    }
}
