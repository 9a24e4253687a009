using Crid.Core;
using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>Applies the edits of a container's CDI devices to the spec that was made without them.</summary>
internal sealed class CdiInjection(SpecInput input, IHostFiles files)
{
    /// <exception cref="CridException">The kind says why; the message names the device that can't be had.</exception>
    public OciSpec Apply(OciSpec spec)
    {
        if (input.CdiEdits.Count == 0)
        {
            return spec;
        }

        OciSpec edited = input.CdiEdits.Aggregate(spec, ApplyOne);
        return edited with { Mounts = [.. edited.Mounts!.OrderBy(static mount => ContainerPath.Depth(mount.Destination))] };
    }

    private OciSpec ApplyOne(OciSpec spec, CdiDeviceEdits device)
    {
        try
        {
            Check(device.Edits);
            return spec with
            {
                OciVersion = device.Edits.NetDevices.Count > 0 ? OciSpec.NetDevicesVersion : spec.OciVersion,
                Process = Process(spec.Process, device.Edits),
                Mounts = device.Edits.Mounts.Aggregate(spec.Mounts ?? [], Mount),
                Hooks = device.Edits.Hooks.Aggregate(spec.Hooks, Hook),
                Linux = Linux(spec.Linux, device.Edits),
            };
        }
        catch (CridException exception)
        {
            throw CridException.Wrap($"CDI device '{device.Device}'", exception);
        }
    }

    private void Check(CdiEdits edits)
    {
        if (edits.IntelRdt is not null)
        {
            throw new CridException(ErrorKind.Unimplemented, "classes of Intel RDT are not supported");
        }

        if (edits.NetDevices.Count > 0 && !input.NetworkDevices)
        {
            throw new CridException(ErrorKind.Unimplemented, "the OCI runtime of this handler can't move network devices");
        }

        if (edits.NetDevices.Count > 0 && input.Environment.NetworkNamespace is null)
        {
            throw CridException.InvalidArgument("a network device needs a pod with a network of its own");
        }
    }

    private static OciProcess Process(OciProcess process, CdiEdits edits)
    {
        OrderedDictionary<string, string> environment = [];
        foreach (string variable in (process.Env ?? []).Concat(edits.Env))
        {
            environment[variable[..variable.IndexOf('=', StringComparison.Ordinal)]] = variable;
        }

        IReadOnlyList<uint> groups = process.User.AdditionalGids ?? [];
        return process with
        {
            Env = [.. environment.Values],
            User = process.User with { AdditionalGids = [.. groups.Union(edits.AdditionalGids.Where(static group => group != 0))] },
        };
    }

    private static IReadOnlyList<OciMount> Mount(IReadOnlyList<OciMount> mounts, CdiMount mount)
    {
        string destination = ContainerPath.Clean(mount.ContainerPath);
        if (destination.Length == 1)
        {
            throw CridException.InvalidArgument("nothing can be mounted on the root of a container");
        }

        OciMount added = new()
        {
            Destination = destination,
            Type = mount.Type.Length > 0 ? mount.Type : "bind",
            Source = mount.HostPath,
            Options = mount.Options,
        };
        return [.. mounts.Where(other => other.Destination != destination), added];
    }

    private static OciHooks? Hook(OciHooks? hooks, CdiHook hook) => (hooks ?? new OciHooks()).Append(
        hook.HookName, new OciHook { Path = hook.Path, Args = hook.Args, Env = hook.Env, Timeout = hook.Timeout });

    private OciLinux Linux(OciLinux linux, CdiEdits edits)
    {
        OrderedDictionary<string, OciDevice> devices = [];
        foreach (OciDevice device in linux.Devices ?? [])
        {
            devices[device.Path] = device;
        }

        List<OciDeviceRule> rules = [.. linux.Resources.Devices ?? []];
        foreach (CdiDeviceNode node in edits.DeviceNodes)
        {
            OciDevice device = Node(node);
            devices[device.Path] = device;
            if (device.Type != "p" && !input.AllowsAllDevices)
            {
                string access = node.Permissions.Length > 0 ? node.Permissions : "rwm";
                rules.Add(new OciDeviceRule { Allow = true, Type = device.Type, Major = device.Major, Minor = device.Minor, Access = access });
            }
        }

        Dictionary<string, OciNetDevice> interfaces = new(linux.NetDevices ?? new Dictionary<string, OciNetDevice>(), StringComparer.Ordinal);
        foreach (CdiNetworkDevice device in edits.NetDevices)
        {
            interfaces[device.HostInterfaceName] = new OciNetDevice(device.Name);
        }

        return linux with
        {
            Devices = devices.Count == 0 ? null : [.. devices.Values],
            Resources = linux.Resources with { Devices = rules },
            NetDevices = interfaces.Count == 0 ? null : interfaces,
        };
    }

    /// <summary>A node that says all that it has to needs none on the host; of any other what it leaves out is looked up there.</summary>
    /// <remarks>Zero stands for a number that is left out, and the minor number belongs to the major one: writers in Go leave out every zero.</remarks>
    private OciDevice Node(CdiDeviceNode node)
    {
        string type = node.Type == "u" ? "c" : node.Type;
        bool isNumbered = type == "p" || node.Major is > 0;
        bool isComplete = isNumbered && type.Length > 0;
        HostDevice? found = isComplete ? null : Find(node, type);
        return new OciDevice
        {
            Path = ContainerPath.Clean(node.Path),
            Type = found is null ? type : TypeOf(found),
            Major = (isNumbered ? node.Major : found?.Major) ?? 0,
            Minor = (isNumbered ? node.Minor : found?.Minor) ?? 0,
            FileMode = node.FileMode ?? found?.Mode,
            Uid = node.Uid ?? Other((uint)input.User.Uid),
            Gid = node.Gid ?? Other((uint)input.User.Gid),
        };
    }

    private HostDevice Find(CdiDeviceNode node, string type)
    {
        string path = files.Resolve(node.HostPath.Length > 0 ? node.HostPath : node.Path);
        HostDevice device = files.Devices(path).FirstOrDefault(device => device.Path == path)
            ?? throw CridException.InvalidArgument($"'{path}' is not a device");
        return type.Length == 0 || type == TypeOf(device)
            ? device
            : throw CridException.InvalidArgument($"'{path}' has type {TypeOf(device)} and not {node.Type}");
    }

    private static string TypeOf(HostDevice device) => device.IsBlock ? "b" : "c";

    private static uint? Other(uint id) => id == 0 ? null : id;
}
