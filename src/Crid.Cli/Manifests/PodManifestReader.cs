using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Crid.Cli;

/// <summary>Reads a Kubernetes Pod (apiVersion v1, kind Pod) from YAML or JSON.</summary>
internal sealed class PodManifestReader
{
    private readonly ManifestProblems _problems = new();

    private PodManifestReader()
    {
    }

    /// <param name="file">Its name, for messages.</param>
    /// <returns>The pod, and warnings about fields that have no effect.</returns>
    /// <exception cref="CliException">Usage: not YAML, not a Pod, or fields that cannot be honoured, each with its line.</exception>
    public static (PodManifest Pod, IReadOnlyList<string> Warnings) Read(TextReader text, string file)
    {
        YamlStream stream = [];
        try
        {
            stream.Load(text);
        }
        catch (YamlException error)
        {
            throw CliException.Usage($"{file} is not valid YAML: line {error.Start.Line}: {error.Message}");
        }

        List<YamlMappingNode> documents = [.. stream.Documents.Select(document => document.RootNode).OfType<YamlMappingNode>()];
        if (documents.Count != 1 || stream.Documents.Count != 1)
        {
            throw CliException.Usage($"{file} must hold exactly one Pod; it has {stream.Documents.Count} documents");
        }

        PodManifestReader reader = new();
        PodManifest pod = reader.ReadPod(new YamlFields(documents[0], "", reader._problems));
        reader._problems.ThrowIfAny(file);
        return (pod, [.. reader._problems.Warnings]);
    }

    private PodManifest ReadPod(YamlFields root)
    {
        if (root.String("apiVersion") != "v1" || root.String("kind") != "Pod")
        {
            _problems.Error(root.Start, "this is not a Pod: 'apiVersion: v1' and 'kind: Pod' are needed");
            return new PodManifest { Name = "", Containers = [] };
        }

        root.Ignore("status");
        YamlFields? metadata = root.Map("metadata");
        YamlFields? spec = root.Map("spec");
        root.Finish();
        if (metadata is null || spec is null)
        {
            _problems.Error(root.Start, "a Pod needs metadata and spec");
            return new PodManifest { Name = "", Containers = [] };
        }

        PodManifest pod = ReadSpec(spec, ReadMetadata(metadata));
        CheckMounts(pod, spec.Start);
        return pod;
    }

    private PodManifest ReadMetadata(YamlFields metadata)
    {
        string? generated = metadata.String("generateName");
        PodManifest pod = new()
        {
            Name = generated is not null && !metadata.Has("name")
                ? generated + Guid.NewGuid().ToString("N")[..5]
                : metadata.RequiredString("name"),
            Namespace = metadata.String("namespace") ?? "default",
            Labels = metadata.StringMap("labels"),
            Annotations = metadata.StringMap("annotations"),
            Containers = [],
        };
        CheckName(pod.Name, "metadata.name", metadata.Start, 253);
        CheckName(pod.Namespace, "metadata.namespace", metadata.Start, 63);
        metadata.Ignore("creationTimestamp", "ownerReferences", "resourceVersion", "managedFields", "finalizers", "selfLink", "generation", "uid");
        metadata.Finish();
        return pod;
    }

    private PodManifest ReadSpec(YamlFields spec, PodManifest pod)
    {
        YamlFields? dns = spec.Map("dnsConfig");
        PodManifest result = pod with
        {
            HostNetwork = spec.Boolean("hostNetwork") ?? false,
            HostPid = spec.Boolean("hostPID") ?? false,
            HostIpc = spec.Boolean("hostIPC") ?? false,
            ShareProcessNamespace = spec.Boolean("shareProcessNamespace") ?? false,
            Hostname = spec.String("hostname"),
            DnsPolicy = spec.OneOf("dnsPolicy", "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
            Dns = dns is null ? null : ReadDns(dns),
            HostAliases = [.. spec.Maps("hostAliases").Select(ReadHostAlias)],
            RuntimeClass = spec.String("runtimeClassName") ?? "",
            TerminationGrace = TimeSpan.FromSeconds(spec.Integer("terminationGracePeriodSeconds", 0, int.MaxValue) ?? 30),
            Security = spec.Map("securityContext") is YamlFields security ? SecurityReader.ReadPod(security) : new PodSecurityManifest(),
            Volumes = [.. spec.Maps("volumes").Select(VolumeReader.Read)],
            InitContainers = [.. spec.Maps("initContainers").Select(container => ContainerReader.Read(container, isInit: true))],
            Containers = [.. spec.Maps("containers").Select(container => ContainerReader.Read(container, isInit: false))],
        };
        ReadRestartPolicy(spec);
        spec.Ignore(
            "serviceAccountName", "serviceAccount", "automountServiceAccountToken", "nodeName", "nodeSelector", "affinity", "tolerations", "schedulerName",
            "priority", "priorityClassName", "preemptionPolicy", "topologySpreadConstraints", "enableServiceLinks", "readinessGates", "schedulingGates",
            "setHostnameAsFQDN", "subdomain", "os", "imagePullSecrets");
        spec.Refuse("activeDeadlineSeconds", "hostUsers", "overhead", "ephemeralContainers", "resourceClaims", "resources");
        spec.Finish();
        if (result.Containers.Count == 0)
        {
            _problems.Error(spec.Start, "spec.containers is missing: a pod has at least one container");
        }

        if (result.DnsPolicy == "None" && result.Dns is not { Servers.Count: > 0 })
        {
            _problems.Error(spec.Start, "spec.dnsConfig.nameservers is missing: dnsPolicy None needs it");
        }

        CheckNames([.. result.InitContainers.Concat(result.Containers).Select(container => container.Name)], "container", spec.Start);
        CheckNames([.. result.Volumes.Select(volume => volume.Name)], "volume", spec.Start);
        return result;
    }

    private static void ReadRestartPolicy(YamlFields spec)
    {
        bool isGiven = spec.Has("restartPolicy");
        string policy = spec.OneOf("restartPolicy", "Always", "OnFailure", "Never");
        if (policy != "Never")
        {
            spec.Problems.Warn(spec.Where("restartPolicy"), isGiven
                ? $"spec.restartPolicy {policy}: crid run starts each container once (kubelet is what restarts containers)"
                : "spec.restartPolicy is Always by default: crid run starts each container once (kubelet is what restarts containers)");
        }
    }

    private static DnsManifest ReadDns(YamlFields dns)
    {
        List<string> options = [];
        foreach (YamlFields option in dns.Maps("options"))
        {
            string name = option.RequiredString("name");
            options.Add(option.String("value") is { Length: > 0 } value ? $"{name}:{value}" : name);
            option.Finish();
        }

        DnsManifest result = new(dns.Strings("nameservers"), dns.Strings("searches"), options);
        dns.Finish();
        return result;
    }

    private static HostAliasManifest ReadHostAlias(YamlFields alias)
    {
        HostAliasManifest result = new(alias.RequiredString("ip"), alias.Strings("hostnames"));
        alias.Finish();
        return result;
    }

    private void CheckMounts(PodManifest pod, Mark where)
    {
        HashSet<string> volumes = [.. pod.Volumes.Select(volume => volume.Name)];
        foreach (ContainerManifest container in pod.InitContainers.Concat(pod.Containers))
        {
            foreach (VolumeMountManifest mount in container.Mounts.Where(mount => !volumes.Contains(mount.Volume)))
            {
                _problems.Error(where, $"container '{container.Name}' mounts volume '{mount.Volume}', which spec.volumes does not have");
            }
        }
    }

    private void CheckNames(IReadOnlyList<string> names, string kind, Mark where)
    {
        foreach (IGrouping<string, string> same in names.GroupBy(name => name).Where(group => group.Count() > 1))
        {
            _problems.Error(where, $"{same.Count()} {kind}s are named '{same.Key}'");
        }

        foreach (string name in names)
        {
            CheckName(name, $"{kind} name", where, 63);
        }
    }

    // Names become parts of paths, so this is what keeps those where they belong.
    private void CheckName(string name, string what, Mark where, int longest)
    {
        bool isValid = name.Length > 0 && name.Length <= longest && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1])
            && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.') && !name.Contains("..", StringComparison.Ordinal);
        if (!isValid && name.Length > 0)
        {
            _problems.Error(where, $"{what} '{name}': only lower-case letters, digits, '-' and '.' are allowed, at most {longest}");
        }
    }
}
