using Crid.Runtimes;
using Google.Protobuf.Collections;

namespace Crid.Cri;

/// <summary>Namespace options between the CRI and crid's records.</summary>
internal static class NamespacesMapper
{
    public static NamespacesSpec ToSandboxSpec(Api.NamespaceOption? options, string field)
    {
        NamespacesSpec spec = ToSpec(options, field);
        return spec.Pid == NamespaceMode.Target
            ? throw Require.Invalid(field + ".pid", "TARGET is only for containers")
            : spec;
    }

    public static NamespacesSpec ToContainerSpec(Api.NamespaceOption? options, string field)
    {
        NamespacesSpec spec = ToSpec(options, field);
        if (spec.Pid == NamespaceMode.Target)
        {
            Require.NotEmpty(spec.TargetId, field + ".target_id");
        }

        return spec;
    }

    /// <summary>What status echoes: kubelet makes a sandbox anew whose network mode differs.</summary>
    public static Api.NamespaceOption ToMessage(NamespacesSpec spec)
    {
        Api.NamespaceOption message = new()
        {
            Network = (Api.NamespaceMode)spec.Network,
            Pid = (Api.NamespaceMode)spec.Pid,
            Ipc = (Api.NamespaceMode)spec.Ipc,
            TargetId = spec.TargetId,
        };
        if (spec.User is not null)
        {
            message.UsernsOptions = new Api.UserNamespace { Mode = (Api.NamespaceMode)spec.User.Mode };
            message.UsernsOptions.Uids.Add(spec.User.Uids.Select(ToMessage));
            message.UsernsOptions.Gids.Add(spec.User.Gids.Select(ToMessage));
        }

        return message;
    }

    public static IdMappingSpec[] ToSpecs(IEnumerable<Api.IDMapping> mappings) =>
        [.. mappings.Select(mapping => new IdMappingSpec(mapping.HostId, mapping.ContainerId, mapping.Length))];

    public static Api.IDMapping ToMessage(IdMappingSpec mapping) =>
        new() { HostId = mapping.HostId, ContainerId = mapping.ContainerId, Length = mapping.Length };

    private static NamespacesSpec ToSpec(Api.NamespaceOption? options, string field) => options is null
        ? new NamespacesSpec()
        : new NamespacesSpec
        {
            Network = PodOrNode(options.Network, field + ".network"),
            Pid = Mode(options.Pid, field + ".pid"),
            Ipc = PodOrNode(options.Ipc, field + ".ipc"),
            TargetId = options.TargetId,
            User = ToSpec(options.UsernsOptions, field + ".userns_options"),
        };

    private static UserNamespaceSpec? ToSpec(Api.UserNamespace? options, string field)
    {
        if (options is null)
        {
            return null;
        }

        NamespaceMode mode = PodOrNode(options.Mode, field + ".mode");
        if (mode == NamespaceMode.Pod)
        {
            RequireOneMapping(options.Uids, field + ".uids");
            RequireOneMapping(options.Gids, field + ".gids");
        }
        else if (options.Uids.Count + options.Gids.Count > 0)
        {
            throw Require.Invalid(field, "has mappings in mode NODE");
        }

        return new UserNamespaceSpec(mode, ToSpecs(options.Uids), ToSpecs(options.Gids));
    }

    // Id 0 must be mapped: the OCI runtime becomes root of the namespace before anything else.
    private static void RequireOneMapping(RepeatedField<Api.IDMapping> mappings, string field)
    {
        if (mappings.Count != 1)
        {
            throw Require.Invalid(field, $"has {mappings.Count} mappings instead of one");
        }

        if (mappings[0].Length == 0 || mappings[0].ContainerId != 0)
        {
            throw Require.Invalid(field, "does not map id 0");
        }
    }

    private static NamespaceMode PodOrNode(Api.NamespaceMode value, string field)
    {
        NamespaceMode mode = Mode(value, field);
        return mode is NamespaceMode.Pod or NamespaceMode.Node ? mode : throw Require.Invalid(field, $"{value} is neither POD nor NODE");
    }

    private static NamespaceMode Mode(Api.NamespaceMode value, string field) => Require.Enum<Api.NamespaceMode, NamespaceMode>(value, field);
}
