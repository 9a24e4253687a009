using Crid.Runtimes;

namespace Crid.Cri;

/// <summary>Mounts between the CRI and crid's records; status echoes them as they were asked for.</summary>
internal static class MountMapper
{
    private const string Field = "config.mounts";

    public static MountSpec ToSpec(Api.Mount mount)
    {
        string field = $"{Field}['{mount.ContainerPath}']";
        MountPropagation propagation = Require.Enum<Api.MountPropagation, MountPropagation>(mount.Propagation, field + ".propagation");
        RequireRecursiveReadOnly(mount, field);
        RequireSource(mount, field);
        return new MountSpec
        {
            ContainerPath = Require.Absolute(mount.ContainerPath, field + ".container_path"),
            HostPath = Require.NoNul(mount.HostPath, field + ".host_path"),
            ReadOnly = mount.Readonly,
            RecursiveReadOnly = mount.RecursiveReadOnly,
            SelinuxRelabel = mount.SelinuxRelabel,
            Propagation = propagation,
            UidMappings = NamespacesMapper.ToSpecs(mount.UidMappings),
            GidMappings = NamespacesMapper.ToSpecs(mount.GidMappings),
            Image = mount.Image?.Image ?? "",
            ImageSubPath = mount.ImageSubPath,
            Options = [.. mount.MountOptions.Select(option => Option(option, field))],
        };
    }

    public static Api.Mount ToMessage(MountSpec spec)
    {
        Api.Mount message = new()
        {
            ContainerPath = spec.ContainerPath,
            HostPath = spec.HostPath,
            Readonly = spec.ReadOnly,
            RecursiveReadOnly = spec.RecursiveReadOnly,
            SelinuxRelabel = spec.SelinuxRelabel,
            Propagation = (Api.MountPropagation)spec.Propagation,
            Image = spec.Image.Length == 0 ? null : new Api.ImageSpec { Image = spec.Image },
            ImageSubPath = spec.ImageSubPath,
        };
        message.UidMappings.Add(spec.UidMappings.Select(NamespacesMapper.ToMessage));
        message.GidMappings.Add(spec.GidMappings.Select(NamespacesMapper.ToMessage));
        message.MountOptions.Add(spec.Options);
        return message;
    }

    private static void RequireRecursiveReadOnly(Api.Mount mount, string field)
    {
        if (mount.RecursiveReadOnly && (!mount.Readonly || mount.Propagation != Api.MountPropagation.PropagationPrivate))
        {
            throw Require.Invalid(field + ".recursive_read_only", "needs readonly and private propagation");
        }
    }

    private static void RequireSource(Api.Mount mount, string field)
    {
        if (mount.Image is null or { Image: "" })
        {
            Require.Absolute(mount.HostPath, field + ".host_path");
        }
        else if (mount.HostPath.Length > 0 || !mount.Readonly)
        {
            throw Require.Invalid(field + ".image", "needs readonly and no host_path");
        }
    }

    private static string Option(string option, string field) => option is "noexec" or "nodev" or "nosuid"
        ? option
        : throw Require.Invalid(field + ".mount_options", $"'{option}' is none of noexec, nodev, nosuid");
}
