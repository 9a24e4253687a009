namespace Crid.Daemon;

/// <summary>Directories, the disk below them, swap, and the socket.</summary>
internal static class StorageChecks
{
    private const long Gibibyte = 1L << 30;
    private static readonly string[] Unfit = ["nfs", "nfs4", "cifs", "smb2", "fuse", "overlay", "overlayfs", "vfat", "msdos", "exfat"];

    private static readonly (string Name, string Socket)[] OtherRuntimes =
        [("containerd", "/run/containerd/containerd.sock"), ("CRI-O", "/run/crio/crio.sock"), ("cri-dockerd", "/run/cri-dockerd.sock")];

    public static IEnumerable<HostCheck> Run(IHost host, HostCheckOptions options)
    {
        yield return CheckDisk(host, options.Directories.Root);
        yield return CheckRoot(host, options.Directories.Root);
        yield return CheckSwap(host);
        yield return CheckSocket(host, options.Socket);
        string[] others = [.. OtherRuntimes.Where(other => other.Socket != options.Socket && host.ProbeSocket(other.Socket) == SocketState.Listening).Select(other => other.Name)];
        if (others.Length > 0)
        {
            yield return HostCheck.Warning(
                "other runtimes", $"running: {string.Join(", ", others)}", "drain the node and stop what kubelet used before: its pods keep their addresses and ports");
        }
    }

    private static HostCheck CheckDisk(IHost host, string root)
    {
        HostFileSystem disk = host.GetFileSystem(root);
        string found = $"{disk.AvailableBytes / (double)Gibibyte:0.0} of {disk.TotalBytes / (double)Gibibyte:0.0} GiB free below {root} ({disk.Type})";
        if (Unfit.Contains(disk.Type))
        {
            return HostCheck.Failure("disk", found, "layers of overlayfs need a local file system such as ext4 or xfs; mount one there");
        }

        return disk.AvailableBytes switch
        {
            < Gibibyte => HostCheck.Failure("disk", found, "make room: images are unpacked there"),
            < 5 * Gibibyte => HostCheck.Warning("disk", found, "make room: images are unpacked there"),
            _ => HostCheck.Ok("disk", found),
        };
    }

    private static HostCheck CheckRoot(IHost host, string root)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        return host.GetMode(root) switch
        {
            null => HostCheck.Ok("directories", $"{root} will be made"),
            UnixFileMode mode when (mode & Others) != UnixFileMode.None => HostCheck.Warning("directories", $"{root} is open to others than root", $"chmod 0700 {root}"),
            _ => HostCheck.Ok("directories", root),
        };
    }

    private static HostCheck CheckSwap(IHost host)
    {
        int devices = (host.ReadText("/proc/swaps") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length - 1;
        return devices <= 0
            ? HostCheck.Ok("swap", "off")
            : HostCheck.Warning("swap", "on", "kubelet refuses to start unless failSwapOn is false: swapoff -a, or configure memorySwap in kubelet");
    }

    private static HostCheck CheckSocket(IHost host, string socket) => host.ProbeSocket(socket) switch
    {
        SocketState.Listening => HostCheck.Ok("socket", $"{socket} is served already"),
        SocketState.NotASocket => HostCheck.Failure("socket", $"{socket} is not a socket", "remove it"),
        SocketState.Stale => HostCheck.Ok("socket", $"{socket} was left by a daemon that is gone, and will be replaced"),
        _ => HostCheck.Ok("socket", $"{socket} is free"),
    };
}
