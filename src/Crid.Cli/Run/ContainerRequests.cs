using Crid.Api;
using Google.Protobuf;

namespace Crid.Cli;

/// <summary>Containers of one pod as kubelet would ask for them.</summary>
/// <param name="findImage">The image on the node that a name in the manifest means.</param>
/// <param name="podIp">Empty in the network of the machine.</param>
internal sealed class ContainerRequests(PodManifest pod, PodFiles files, Func<string, Image> findImage, string podIp)
{
    private readonly PodQuality _quality = ResourceRequests.QualityOf(pod);
    private readonly Dictionary<string, VolumeManifest> _volumes = pod.Volumes.ToDictionary(volume => volume.Name);

    /// <exception cref="CliException">The container would run as root although that is excluded.</exception>
    public ContainerConfig Of(ContainerManifest container, Image image)
    {
        Dictionary<string, string> variables = Variables(container);
        ContainerConfig config = new()
        {
            Metadata = new ContainerMetadata { Name = container.Name },
            Image = new ImageSpec { Image = image.Id, UserSpecifiedImage = container.Image },
            WorkingDir = container.WorkingDirectory,
            LogPath = PodFiles.LogPath(container.Name),
            Linux = new LinuxContainerConfig
            {
                Resources = ResourceRequests.Of(container.Resources, _quality, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes),
                SecurityContext = Security(container, image),
            },
        };
        config.Command.Add(container.Command.Select(word => VariableExpansion.Expand(word, variables)));
        config.Args.Add(container.Args.Select(word => VariableExpansion.Expand(word, variables)));
        config.Envs.Add(variables.Select(variable => new KeyValue { Key = variable.Key, Value = ByteString.CopyFromUtf8(variable.Value) }));
        config.Mounts.Add(container.Mounts.Select(ToMount));
        if (pod.HostAliases.Count > 0)
        {
            config.Mounts.Add(new Mount { ContainerPath = "/etc/hosts", HostPath = files.HostsFile });
        }

        config.Labels.Add(new Dictionary<string, string>
        {
            ["io.kubernetes.container.name"] = container.Name,
            [ObjectFinder.PodNameLabel] = pod.Name,
            ["io.kubernetes.pod.namespace"] = pod.Namespace,
            ["io.kubernetes.pod.uid"] = pod.Uid,
        });
        config.Annotations.Add(new Dictionary<string, string>
        {
            ["io.kubernetes.container.restartCount"] = "0",
            ["io.kubernetes.pod.terminationGracePeriod"] = ((long)pod.TerminationGrace.TotalSeconds).ToString(),
        });
        return config;
    }

    // Each value may refer to the variables before it.
    private Dictionary<string, string> Variables(ContainerManifest container)
    {
        Dictionary<string, string> variables = [];
        foreach (EnvironmentManifest variable in container.Environment)
        {
            variables[variable.Name] = variable.FieldPath is string path ? Field(path) : VariableExpansion.Expand(variable.Value ?? "", variables);
        }

        return variables;
    }

    private string Field(string path) => path switch
    {
        "metadata.name" => pod.Name,
        "metadata.namespace" => pod.Namespace,
        "metadata.uid" => pod.Uid,
        "spec.nodeName" => Environment.MachineName.ToLowerInvariant(),
        "spec.serviceAccountName" => "default",
        "status.podIP" or "status.podIPs" => podIp,
        _ => path.StartsWith("metadata.labels", StringComparison.Ordinal) ? Keyed(path, pod.Labels) : Keyed(path, pod.Annotations),
    };

    private static string Keyed(string path, IReadOnlyDictionary<string, string> values)
    {
        string key = path[(path.IndexOf('\'', StringComparison.Ordinal) + 1)..path.LastIndexOf('\'')];
        return values.TryGetValue(key, out string? value) ? value : "";
    }

    private Mount ToMount(VolumeMountManifest mount)
    {
        VolumeManifest volume = _volumes[mount.Volume];
        if (volume.Image is not null)
        {
            return new Mount
            {
                ContainerPath = mount.Path,
                Readonly = true,
                Image = new ImageSpec { Image = findImage(volume.Image).Id, UserSpecifiedImage = volume.Image },
                ImageSubPath = mount.SubPath,
            };
        }

        string path = files.VolumePath(volume);
        if (mount.SubPath.Length > 0)
        {
            path = Path.Combine(path, mount.SubPath);
            HostPaths.Ensure(path, "");
        }

        return new Mount
        {
            ContainerPath = mount.Path,
            HostPath = path,
            Readonly = mount.ReadOnly,
            Propagation = mount.Propagation switch
            {
                "Bidirectional" => MountPropagation.PropagationBidirectional,
                "HostToContainer" => MountPropagation.PropagationHostToContainer,
                _ => MountPropagation.PropagationPrivate,
            },
        };
    }

    private LinuxContainerSecurityContext Security(ContainerManifest container, Image image)
    {
        ContainerSecurityManifest wanted = container.Security;
        LinuxContainerSecurityContext context = new()
        {
            Privileged = wanted.Privileged,
            NamespaceOptions = SandboxRequests.Namespaces(pod),
            ReadonlyRootfs = wanted.ReadOnlyRootFilesystem,
            NoNewPrivs = !wanted.AllowPrivilegeEscalation,
            RunAsGroup = SandboxRequests.ToValue(wanted.RunAsGroup ?? pod.Security.RunAsGroup),
            Capabilities = new Capability(),
            Seccomp = ToProfile(wanted.Seccomp ?? pod.Security.Seccomp),
        };
        SetUser(context, container, image);
        context.SupplementalGroups.Add(SandboxRequests.SupplementalGroups(pod));
        context.Capabilities.AddCapabilities.Add(wanted.AddCapabilities);
        context.Capabilities.DropCapabilities.Add(wanted.DropCapabilities);
        if (!wanted.UnmaskedProc)
        {
            context.MaskedPaths.Add(ProtectedPaths.Masked);
            context.ReadonlyPaths.Add(ProtectedPaths.ReadOnly);
        }

        return context;
    }

    private void SetUser(LinuxContainerSecurityContext context, ContainerManifest container, Image image)
    {
        long? uid = container.Security.RunAsUser ?? (container.Security.RunAsUsername is null ? pod.Security.RunAsUser : null);
        string? name = container.Security.RunAsUsername;
        if (uid is null && name is null)
        {
            uid = image.Uid?.Value ?? (image.Username.Length == 0 ? 0 : null);
            name = image.Username;
        }

        bool mustNotBeRoot = container.Security.RunAsNonRoot ?? pod.Security.RunAsNonRoot ?? false;
        if (mustNotBeRoot && (uid is null or 0))
        {
            throw new CliException($"container '{container.Name}' would run as {(uid == 0 ? "root" : $"user '{name}', whose id is not known,")} although runAsNonRoot is set");
        }

        if (uid is not null)
        {
            context.RunAsUser = SandboxRequests.ToValue(uid);
        }
        else
        {
            context.RunAsUsername = name;
        }
    }

    // Without a profile kubelet asks for none explicitly.
    private static SecurityProfile ToProfile(SeccompManifest? profile) => profile?.Type switch
    {
        "RuntimeDefault" => new SecurityProfile { ProfileType = SecurityProfile.Types.ProfileType.RuntimeDefault },
        "Localhost" => new SecurityProfile { ProfileType = SecurityProfile.Types.ProfileType.Localhost, LocalhostRef = profile.LocalhostProfile },
        _ => new SecurityProfile { ProfileType = SecurityProfile.Types.ProfileType.Unconfined },
    };
}
