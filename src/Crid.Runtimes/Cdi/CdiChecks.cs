using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>What a CDI file has to be beyond its form. The first mistake makes the whole file useless, as its format prescribes.</summary>
internal static class CdiChecks
{
    private static readonly OciHook AnyHook = new() { Path = "/" };

    /// <exception cref="InvalidDataException">A mistake, in words for the author of the file.</exception>
    public static void Check(CdiDocument document)
    {
        Require(CdiName.IsKind(document.Kind), $"kind '{document.Kind}' is not vendor/class");
        Require(document.Devices.Count > 0, "there are no devices");
        CheckEdits(document.ContainerEdits ?? new CdiEdits(), "the edits of all devices");
        HashSet<string> names = [];
        foreach (CdiDevice device in document.Devices)
        {
            Require(CdiName.IsDevice(device.Name), $"'{device.Name}' can't be the name of a device");
            Require(names.Add(device.Name), $"two devices are named '{device.Name}'");
            Require(!device.ContainerEdits.IsEmpty, $"device '{device.Name}' changes nothing");
            CheckEdits(device.ContainerEdits, $"device '{device.Name}'");
        }

        Version declared = CdiVersion.Find(document.CdiVersion) ?? throw new InvalidDataException($"version '{document.CdiVersion}' is not known");
        Version needed = CdiVersion.NeededBy(document);
        Require(declared >= needed, $"what it has needs version {needed}, and it says {document.CdiVersion}");
    }

    private static void CheckEdits(CdiEdits edits, string where)
    {
        foreach (string variable in edits.Env)
        {
            Require(variable.IndexOf('=', StringComparison.Ordinal) > 0 && !variable.Contains('\0', StringComparison.Ordinal), $"{where}: env '{variable}' is not NAME=VALUE");
        }

        foreach (CdiDeviceNode node in edits.DeviceNodes)
        {
            Require(IsPath(node.Path) && (node.HostPath.Length == 0 || IsPath(node.HostPath)), $"{where}: the paths of device node '{node.Path}' are not absolute");
            Require(node.Type is "" or "b" or "c" or "u" or "p", $"{where}: device node '{node.Path}' has type '{node.Type}', which is not b, c, u or p");
            Require(!node.Permissions.AsSpan().ContainsAnyExcept('r', 'w', 'm'), $"{where}: the permissions of device node '{node.Path}' are not made of r, w and m");
        }

        foreach (CdiMount mount in edits.Mounts)
        {
            Require(mount.HostPath.Length > 0 && IsPath(mount.ContainerPath), $"{where}: mount on '{mount.ContainerPath}' needs a host path and an absolute container path");
        }

        foreach (CdiHook hook in edits.Hooks)
        {
            Require(new OciHooks().Append(hook.HookName, AnyHook) is not null, $"{where}: there is no hook '{hook.HookName}'");
            Require(IsPath(hook.Path), $"{where}: the path of hook '{hook.Path}' is not absolute");
        }

        CheckNetworkDevices(edits.NetDevices, where);
    }

    private static void CheckNetworkDevices(IReadOnlyList<CdiNetworkDevice> devices, string where)
    {
        HashSet<string> sources = [];
        HashSet<string> names = [];
        foreach (CdiNetworkDevice device in devices)
        {
            Require(device.HostInterfaceName.Length > 0 && device.Name.Length > 0, $"{where}: a network device needs both names");
            Require(sources.Add(device.HostInterfaceName) && names.Add(device.Name), $"{where}: network device '{device.HostInterfaceName}' or its name '{device.Name}' is there twice");
        }
    }

    private static bool IsPath(string path) => path.StartsWith('/') && path.Length > 1 && !path.Contains('\0', StringComparison.Ordinal);

    private static void Require(bool isMet, string mistake)
    {
        if (!isMet)
        {
            throw new InvalidDataException(mistake);
        }
    }
}
