using Crid.Core;
using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>The device nodes of a container and the rules of its device cgroup. The runtime adds the usual ones (/dev/null, ...) itself.</summary>
internal sealed class DeviceList(SpecInput input, IHostFiles files)
{
    private const string HostDevices = "/dev";
    private static readonly OciDeviceRule DenyAll = new() { Allow = false, Access = "rwm" };
    private static readonly OciDeviceRule AllowAll = new() { Allow = true, Access = "rwm" };

    /// <exception cref="CridException">InvalidArgument: not a device, or permissions that don't exist.</exception>
    public (IReadOnlyList<OciDevice> Devices, IReadOnlyList<OciDeviceRule> Rules) Build()
    {
        OrderedDictionary<string, OciDevice> devices = [];
        List<OciDeviceRule> rules = [input.AllowsAllDevices ? AllowAll : DenyAll];
        if (input.HasHostDevices)
        {
            foreach (HostDevice device in files.Devices(HostDevices))
            {
                devices[device.Path] = Node(device, device.Path);
            }
        }

        foreach (DeviceSpec requested in input.Spec.Devices)
        {
            Add(requested, devices, rules);
        }

        return ([.. devices.Values], rules);
    }

    private void Add(DeviceSpec requested, OrderedDictionary<string, OciDevice> devices, List<OciDeviceRule> rules)
    {
        if (requested.Permissions.AsSpan().ContainsAnyExcept('r', 'w', 'm'))
        {
            throw CridException.InvalidArgument($"permissions '{requested.Permissions}' of device '{requested.HostPath}' are not made of r, w and m");
        }

        string source = files.Resolve(requested.HostPath);
        IReadOnlyList<HostDevice> found = files.Devices(source);
        if (found.Count == 0)
        {
            throw CridException.InvalidArgument($"'{requested.HostPath}' is not a device");
        }

        string target = ContainerPath.Clean(requested.ContainerPath.Length > 0 ? requested.ContainerPath : requested.HostPath);
        foreach (HostDevice device in found)
        {
            string path = target + device.Path[source.Length..];
            devices[path] = GiveToUser(Node(device, path));
            if (!input.AllowsAllDevices)
            {
                rules.Add(new OciDeviceRule
                {
                    Allow = true,
                    Type = TypeOf(device),
                    Major = device.Major,
                    Minor = device.Minor,
                    Access = requested.Permissions.Length > 0 ? requested.Permissions : "rwm",
                });
            }
        }
    }

    /// <summary>An id that is not given, or root's, leaves the owner that the device has on the host.</summary>
    private OciDevice GiveToUser(OciDevice node) => input.DeviceOwnershipFromSecurityContext
        ? node with { Uid = IdOr(input.Security.RunAsUser, node.Uid), Gid = IdOr(input.Security.RunAsGroup, node.Gid) }
        : node;

    private static uint? IdOr(long? requested, uint? ofHost) => requested is > 0 ? (uint)requested : ofHost;

    private static OciDevice Node(HostDevice device, string path) => new()
    {
        Path = path,
        Type = TypeOf(device),
        Major = device.Major,
        Minor = device.Minor,
        FileMode = device.Mode,
        Uid = device.Uid,
        Gid = device.Gid,
    };

    private static string TypeOf(HostDevice device) => device.IsBlock ? "b" : "c";
}
