using Crid.Core;
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
            ReadOnly = mount.Readonly || IsImage(mount),
            RecursiveReadOnly = mount.RecursiveReadOnly,
            SelinuxRelabel = mount.SelinuxRelabel,
            Propagation = propagation,
            UidMappings = NamespacesMapper.ToSpecs(mount.UidMappings),
            GidMappings = NamespacesMapper.ToSpecs(mount.GidMappings),
            Image = mount.Image?.Image ?? "",
            UserSpecifiedImage = mount.Image?.UserSpecifiedImage ?? "",
            ImageSubPath = Require.NoNul(mount.ImageSubPath, field + ".image_sub_path"),
            Options = [.. mount.MountOptions.Select(option => Option(option, field))],
        };
    }

    /// <param name="images">The images that the mounts name by what they were when the container was made, in the order of the mounts.</param>
    public static IEnumerable<Api.Mount> ToMessages(IEnumerable<MountSpec> specs, IReadOnlyList<ImageId>? images)
    {
        int next = 0;
        return [.. specs.Select(spec => ToMessage(spec, spec.Image.Length > 0 ? images?.ElementAtOrDefault(next++) : null))];
    }

    private static Api.Mount ToMessage(MountSpec spec, ImageId? image)
    {
        Api.Mount message = new()
        {
            ContainerPath = spec.ContainerPath,
            HostPath = spec.HostPath,
            Readonly = spec.ReadOnly,
            RecursiveReadOnly = spec.RecursiveReadOnly,
            SelinuxRelabel = spec.SelinuxRelabel,
            Propagation = (Api.MountPropagation)spec.Propagation,
            Image = spec.Image.Length == 0 ? null : ToMessage(spec, image?.Value ?? ""),
            ImageSubPath = spec.ImageSubPath,
        };
        message.UidMappings.Add(spec.UidMappings.Select(NamespacesMapper.ToMessage));
        message.GidMappings.Add(spec.GidMappings.Select(NamespacesMapper.ToMessage));
        message.MountOptions.Add(spec.Options);
        return message;
    }

    private static Api.ImageSpec ToMessage(MountSpec spec, string reference) =>
        new() { Image = spec.Image, UserSpecifiedImage = spec.UserSpecifiedImage, ImageRef = reference };

    // An image is mounted read-only whether that is asked for or not.
    private static bool IsImage(Api.Mount mount) => mount.Image is { Image.Length: > 0 };

    private static void RequireRecursiveReadOnly(Api.Mount mount, string field)
    {
        if (mount.RecursiveReadOnly && !IsImage(mount) && (!mount.Readonly || mount.Propagation != Api.MountPropagation.PropagationPrivate))
        {
            throw Require.Invalid(field + ".recursive_read_only", "needs readonly and private propagation");
        }
    }

    private static void RequireSource(Api.Mount mount, string field)
    {
        if (!IsImage(mount))
        {
            Require.Absolute(mount.HostPath, field + ".host_path");
        }
        else if (mount.HostPath.Length > 0)
        {
            throw Require.Invalid(field + ".image", "and host_path exclude each other");
        }
    }

    private static string Option(string option, string field) => option is "noexec" or "nodev" or "nosuid"
        ? option
        : throw Require.Invalid(field + ".mount_options", $"'{option}' is none of noexec, nodev, nosuid");
}
