using System.Text;
using Crid.Pods;
using Crid.Runtimes;
using Google.Protobuf;

namespace Crid.Cri;

/// <summary>Containers between the CRI and crid's records.</summary>
internal static class ContainerMapper
{
    // Throws where Encoding.UTF8 puts a replacement character.
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static ContainerSpec ToSpec(Api.CreateContainerRequest request)
    {
        Api.ContainerConfig config = Require.Present(request.Config, "config");
        Require.Absent(config.Windows, "config.windows");
        Api.ContainerMetadata metadata = Require.Present(config.Metadata, "config.metadata");
        Api.ImageSpec image = Require.Present(config.Image, "config.image");
        return new ContainerSpec
        {
            Metadata = new ContainerMetadata(Require.NotEmpty(metadata.Name, "config.metadata.name"), metadata.Attempt),
            Image = Require.NotEmpty(image.Image, "config.image.image"),
            UserSpecifiedImage = image.UserSpecifiedImage,
            Command = Texts(config.Command, "config.command"),
            Args = Texts(config.Args, "config.args"),
            WorkingDirectory = Require.AbsoluteOrEmpty(config.WorkingDir, "config.working_dir"),
            Environment = [.. config.Envs.Select(Variable)],
            Mounts = [.. config.Mounts.Select(MountMapper.ToSpec)],
            Devices = [.. config.Devices.Select(Device)],
            CdiDevices = [.. config.CDIDevices.Select(device => Require.NotEmpty(device.Name, "config.CDI_devices.name"))],
            Labels = new Dictionary<string, string>(config.Labels),
            Annotations = new Dictionary<string, string>(config.Annotations),
            LogPath = LogPath(config.LogPath),
            Stdin = config.Stdin,
            StdinOnce = config.StdinOnce,
            Tty = config.Tty,
            Resources = ResourcesMapper.ToSpec(config.Linux?.Resources, "config.linux.resources"),
            Security = SecurityMapper.ToSpec(config.Linux?.SecurityContext, "config.linux.security_context"),
            StopSignal = Signals.ToName(config.StopSignal, "config.stop_signal"),
        };
    }

    public static ContainerFilter ToFilter(Api.ContainerFilter? filter) => filter is null
        ? new ContainerFilter(Id: null, SandboxId: null, State: null, Labels: null)
        : new ContainerFilter(
            filter.Id,
            filter.PodSandboxId,
            filter.State is null ? null : Require.Enum<Api.ContainerState, ContainerState>(filter.State.State, "filter.state"),
            new Dictionary<string, string>(filter.LabelSelector));

    public static Api.Container ToListItem(Container container)
    {
        Api.Container item = new()
        {
            Id = container.Id.Value,
            PodSandboxId = container.SandboxId.Value,
            Metadata = ToMessage(container.Spec.Metadata),
            Image = ToImage(container.Spec),
            ImageRef = container.Status.ImageId.Value,
            ImageId = container.Status.ImageId.Value,
            State = (Api.ContainerState)container.Status.State,
            CreatedAt = Timestamps.ToNanoseconds(container.Status.CreatedAt),
        };
        item.Labels.AddAll(container.Spec.Labels);
        item.Annotations.AddAll(container.Spec.Annotations);
        return item;
    }

    public static Api.ContainerAttributes ToAttributes(Container container)
    {
        Api.ContainerAttributes attributes = new() { Id = container.Id.Value, Metadata = ToMessage(container.Spec.Metadata) };
        attributes.Labels.AddAll(container.Spec.Labels);
        attributes.Annotations.AddAll(container.Spec.Annotations);
        return attributes;
    }

    public static Api.ContainerStatus ToStatus(Container container)
    {
        ContainerStatus status = container.Status;
        Api.ContainerStatus message = new()
        {
            Id = container.Id.Value,
            Metadata = ToMessage(container.Spec.Metadata),
            State = (Api.ContainerState)status.State,
            CreatedAt = Timestamps.ToNanoseconds(status.CreatedAt),
            StartedAt = Timestamps.ToNanoseconds(status.StartedAt),
            FinishedAt = Timestamps.ToNanoseconds(status.FinishedAt),
            ExitCode = status.ExitCode,
            Image = ToImage(container.Spec),
            ImageRef = status.ImageId.Value,
            ImageId = status.ImageId.Value,
            Reason = status.Reason,
            Message = status.Message,
            LogPath = status.LogPath,
            StopSignal = Signals.FromName(status.StopSignal),
        };
        message.Labels.AddAll(container.Spec.Labels);
        message.Annotations.AddAll(container.Spec.Annotations);
        message.Mounts.Add(MountMapper.ToMessages(container.Spec.Mounts, status.VolumeImages));
        if ((status.Resources ?? container.Spec.Resources) is ResourcesSpec resources)
        {
            message.Resources = new Api.ContainerResources { Linux = ResourcesMapper.ToMessage(resources) };
        }

        if (status.User is ResolvedUser user)
        {
            message.User = new Api.ContainerUser { Linux = new Api.LinuxContainerUser { Uid = user.Uid, Gid = user.Gid } };
            message.User.Linux.SupplementalGroups.Add(user.SupplementalGroups);
        }

        return message;
    }

    private static Api.ContainerMetadata ToMessage(ContainerMetadata metadata) => new() { Name = metadata.Name, Attempt = metadata.Attempt };

    private static Api.ImageSpec ToImage(ContainerSpec spec) => new() { Image = spec.Image, UserSpecifiedImage = spec.UserSpecifiedImage };

    private static string[] Texts(IEnumerable<string> texts, string field) => [.. texts.Select(text => Require.NoNul(text, field))];

    // Messages name the variable but never show its value, which may be a secret.
    private static KeyValuePair<string, string> Variable(Api.KeyValue variable)
    {
        string key = Require.NoNul(Require.NotEmpty(variable.Key, "config.envs.key"), "config.envs.key");
        if (key.Contains('=', StringComparison.Ordinal))
        {
            throw Require.Invalid("config.envs.key", $"'{key}' contains '='");
        }

        return new KeyValuePair<string, string>(key, Require.NoNul(Text(variable.Value, key), $"config.envs['{key}']"));
    }

    private static string Text(ByteString value, string key)
    {
        try
        {
            return value.ToString(StrictUtf8);
        }
        catch (DecoderFallbackException)
        {
            throw Require.Invalid($"config.envs['{key}']", "is not UTF-8, which the OCI runtime specification demands");
        }
    }

    private static DeviceSpec Device(Api.Device device)
    {
        const string field = "config.devices";
        return device.Permissions.AsSpan().ContainsAnyExcept("rwm")
            ? throw Require.Invalid(field + ".permissions", $"'{device.Permissions}' is not made of r, w and m")
            : new DeviceSpec(
                Require.Absolute(device.ContainerPath, field + ".container_path"),
                Require.Absolute(device.HostPath, field + ".host_path"),
                device.Permissions);
    }

    private static string LogPath(string path)
    {
        bool escapes = path.StartsWith('/') || path.Split('/').Contains("..", StringComparer.Ordinal);
        return escapes
            ? throw Require.Invalid("config.log_path", $"'{path}' leads out of the log directory of the sandbox")
            : Require.NoNul(path, "config.log_path");
    }
}
