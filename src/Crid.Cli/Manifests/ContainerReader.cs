namespace Crid.Cli;

/// <summary>Reads a container of a pod.</summary>
internal static class ContainerReader
{
    private const decimal ThousandthOfCore = 0.001m;
    private static readonly string[] FieldPaths =
        ["metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.podIP", "status.podIPs"];

    public static ContainerManifest Read(YamlFields fields, bool isInit)
    {
        ContainerManifest container = new()
        {
            Name = fields.RequiredString("name"),
            Image = fields.RequiredString("image"),
            Command = fields.Strings("command"),
            Args = fields.Strings("args"),
            WorkingDirectory = fields.String("workingDir") ?? "",
            Environment = [.. fields.Maps("env").Select(ReadVariable)],
            Ports = [.. fields.Maps("ports").Select(ReadPort)],
            Mounts = [.. fields.Maps("volumeMounts").Select(ReadMount)],
            Resources = fields.Map("resources") is YamlFields resources ? ReadResources(resources) : new ResourcesManifest(),
            Security = fields.Map("securityContext") is YamlFields security ? SecurityReader.ReadContainer(security) : new ContainerSecurityManifest(),
        };
        container = container with { PullPolicy = PullPolicyReader.Read(fields, "imagePullPolicy", container.Image) };
        if (isInit && fields.String("restartPolicy") is not null)
        {
            fields.Error("restartPolicy", "init containers that go on running (sidecars) are not supported by crid run");
        }

        fields.Ignore(
            "livenessProbe", "readinessProbe", "startupProbe", "terminationMessagePath", "terminationMessagePolicy", "resizePolicy");
        fields.Refuse("envFrom", "lifecycle", "volumeDevices", "stdin", "stdinOnce", "tty", "restartPolicyRules");
        fields.Finish();
        return container;
    }

    private static EnvironmentManifest ReadVariable(YamlFields fields)
    {
        string name = fields.RequiredString("name");
        string? value = fields.String("value");
        string? fieldPath = null;
        if (fields.Map("valueFrom") is YamlFields source)
        {
            if (source.Map("fieldRef") is YamlFields field)
            {
                fieldPath = field.RequiredString("fieldPath");
                if (!IsKnownField(fieldPath))
                {
                    field.Error("fieldPath", $"'{fieldPath}' is not supported by crid run");
                }

                _ = field.String("apiVersion");
                field.Finish();
            }

            source.Refuse("configMapKeyRef", "secretKeyRef", "resourceFieldRef", "fileKeyRef");
            source.Finish();
        }

        fields.Finish();
        return new EnvironmentManifest(name, value, fieldPath);
    }

    private static bool IsKnownField(string path) =>
        FieldPaths.Contains(path)
        || ((path.StartsWith("metadata.labels['", StringComparison.Ordinal) || path.StartsWith("metadata.annotations['", StringComparison.Ordinal))
            && path.EndsWith("']", StringComparison.Ordinal));

    private static PortManifest ReadPort(YamlFields fields)
    {
        _ = fields.String("name");
        long? containerPort = fields.Integer("containerPort", 1, ushort.MaxValue);
        if (containerPort is null)
        {
            fields.Error("containerPort", "a port is needed");
        }

        PortManifest port = new(
            (int)(containerPort ?? 0), (int)(fields.Integer("hostPort", 0, ushort.MaxValue) ?? 0), fields.OneOf("protocol", "TCP", "UDP", "SCTP"),
            fields.String("hostIP") ?? "");
        fields.Finish();
        return port;
    }

    private static VolumeMountManifest ReadMount(YamlFields fields)
    {
        VolumeMountManifest mount = new(
            fields.RequiredString("name"), fields.RequiredString("mountPath"), fields.Boolean("readOnly") ?? false, fields.String("subPath") ?? "",
            fields.OneOf("mountPropagation", "None", "HostToContainer", "Bidirectional"));
        if (mount.SubPath.Split('/').Contains("..") || mount.SubPath.StartsWith('/'))
        {
            fields.Error("subPath", "must stay inside its volume");
        }

        fields.Refuse("subPathExpr", "recursiveReadOnly");
        fields.Finish();
        return mount;
    }

    private static ResourcesManifest ReadResources(YamlFields fields)
    {
        YamlFields? requests = fields.Map("requests");
        YamlFields? limits = fields.Map("limits");
        ResourcesManifest resources = new()
        {
            CpuRequest = ReadQuantity(requests, "cpu", ThousandthOfCore),
            MemoryRequest = ReadQuantity(requests, "memory", 1),
            CpuLimit = ReadQuantity(limits, "cpu", ThousandthOfCore),
            MemoryLimit = ReadQuantity(limits, "memory", 1),
        };
        foreach (YamlFields? part in new[] { requests, limits })
        {
            part?.Ignore("ephemeral-storage");
            part?.Finish();
        }

        fields.Refuse("claims");
        fields.Finish();
        return resources;
    }

    private static long? ReadQuantity(YamlFields? fields, string name, decimal unit)
    {
        if (fields is null || !fields.Has(name))
        {
            return null;
        }

        YamlDotNet.Core.Mark where = fields.Where(name);
        string text = fields.Scalar(name) ?? "";
        if (Quantity.TryParse(text, unit, out long amount))
        {
            return amount;
        }

        fields.Problems.Error(where, $"{fields.PathOf(name)}: '{text}' is not a quantity such as 500m, 1.5 or 64Mi");
        return null;
    }
}
