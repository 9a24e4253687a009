using Crid.Core;
using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>Makes the OCI spec of a container: one class for each concern, put together here.</summary>
internal sealed class SpecBuilder(HostFacts host, IHostFiles files)
{
    /// <exception cref="CridException">InvalidArgument, FailedPrecondition or Unimplemented: what of the request can't be had.</exception>
    public OciSpec Build(SpecInput input)
    {
        RequestChecks.Check(input, host);
        IReadOnlyList<string> capabilities = CapabilitySet.For(input.Security, host);
        SelinuxLabels? selinux = input.Selinux;
        OciSpec spec = new()
        {
            Process = BuildProcess(input, capabilities, selinux),
            Root = new OciRoot { Path = input.Creation.RootfsPath, Readonly = input.Security.ReadonlyRootfs },
            Mounts = new MountList(input, host, files).Build(),
            Annotations = SpecAnnotations.For(input),
            Linux = BuildLinux(input, capabilities) with { MountLabel = selinux?.Mount },
        };
        return HookInjection.Apply(new CdiInjection(input, files).Apply(spec), input, files);
    }

    private OciProcess BuildProcess(SpecInput input, IReadOnlyList<string> capabilities, SelinuxLabels? selinux) => new()
    {
        Terminal = input.Spec.Tty,
        User = new OciUser
        {
            Uid = (uint)input.User.Uid,
            Gid = (uint)input.User.Gid,
            AdditionalGids = [.. input.User.SupplementalGroups.Select(static group => (uint)group)],
        },
        Args = ProcessArguments.For(input.Spec, input.Creation.Image.Config),
        Env = ProcessEnvironment.For(input.Spec, input.Creation.Image.Config, input.Environment.Hostname),
        Cwd = ProcessArguments.WorkingDirectory(input.Spec, input.Creation.Image.Config),
        Capabilities = CapabilitySet.ToOci(capabilities, CapabilitySet.Ambient(input.Security, host)),
        NoNewPrivileges = input.Security.NoNewPrivileges,
        ApparmorProfile = AppArmorProfile.For(input.Security, host, files),
        SelinuxLabel = input.Security.Privileged ? null : selinux?.Process,
        OomScoreAdj = ResourceLimits.OomScoreAdj(input.Spec.Resources, host),
    };

    private OciLinux BuildLinux(SpecInput input, IReadOnlyList<string> capabilities)
    {
        (IReadOnlyList<OciDevice> devices, IReadOnlyList<OciDeviceRule> rules) = new DeviceList(input, files).Build();
        return new OciLinux
        {
            CgroupsPath = input.CgroupPath,
            Namespaces = NamespaceList.For(input, host),
            UidMappings = input.UserNamespace is { } user ? IdMappingList.For(user.Uids) : null,
            GidMappings = input.UserNamespace is { } group ? IdMappingList.For(group.Gids) : null,
            Devices = devices.Count == 0 ? null : devices,
            Resources = ResourceLimits.ForCreation(input.Spec.Resources, host) with { Devices = rules },
            RootfsPropagation = MountList.RootfsPropagation(input.Spec.Mounts),
            Seccomp = SeccompProfile.For(input.Security, capabilities, host, files),
            MaskedPaths = RestrictedPaths.Masked(input.Security),
            ReadonlyPaths = RestrictedPaths.Readonly(input.Security),
        };
    }
}
