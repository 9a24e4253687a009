using Crid.Core;
using Crid.Linux;
using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>
/// The mounts of a container: the usual file systems, the files of its sandbox, the volumes of its image, and what the request asks for,
/// which replaces a default on the same path. Sorted by depth, so that no mount hides a later one.
/// </summary>
internal sealed class MountList(SpecInput input, HostFacts host, IHostFiles files)
{
    private const int TerminalGroupId = 5;
    private static readonly string[] BindOptions = ["noexec", "nodev", "nosuid"];

    private readonly OrderedDictionary<string, OciMount> _mounts = [];

    /// <exception cref="CridException">InvalidArgument, Unimplemented or Unknown: a mount that can't be made; the message names it.</exception>
    public IReadOnlyList<OciMount> Build()
    {
        IReadOnlyDictionary<string, OciMount> requested = Requested();
        AddFileSystems();
        AddSandboxFiles();
        DropBelow("/dev", requested);
        DropBelow("/sys", requested);
        foreach ((string path, OciMount mount) in requested)
        {
            _mounts[path] = mount;
        }

        AddImageVolumes();
        return [.. _mounts.Values.OrderBy(static mount => ContainerPath.Depth(mount.Destination))];
    }

    /// <summary>What the root mount has to be so that the propagation of the others works; null for the runtime's default.</summary>
    public static string? RootfsPropagation(IReadOnlyList<MountSpec> mounts)
    {
        MountPropagation widest = mounts.Count == 0 ? MountPropagation.Private : mounts.Max(static mount => mount.Propagation);
        return widest switch
        {
            MountPropagation.Bidirectional => "rshared",
            MountPropagation.HostToContainer => "rslave",
            _ => null,
        };
    }

    private void AddFileSystems()
    {
        string access = input.Security.Privileged ? "rw" : "ro";
        Add("/proc", "proc", "proc", "nosuid", "noexec", "nodev");
        Add("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k");
        Add("/dev/pts", "devpts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", .. TerminalGroup()]);
        if (input.UserNamespace is null || input.Environment.IpcNamespace is not null)
        {
            Add("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev");
        }

        AddSysfs(access);
        AddCgroups(access);
    }

    private string[] TerminalGroup() => input.UserNamespace?.HasGroup(TerminalGroupId) ?? true ? [$"gid={TerminalGroupId}"] : [];

    // From a user namespace the kernel mounts sysfs only with a network namespace that it owns; on the host's network the host's is bound.
    private void AddSysfs(string access)
    {
        if (input.UserNamespace is null || input.Environment.NetworkNamespace is not null)
        {
            Add("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", access);
        }
        else if (input.Security.Privileged)
        {
            Add("/sys", "bind", "/sys", "rbind", "rprivate", "nosuid", "noexec", "nodev", access);
        }
        else
        {
            Add("/sys", "bind", "/sys", "rbind", "rprivate", "nosuid", "noexec", "nodev", "ro", "rro");
        }
    }

    // In the node's cgroup namespace a new mount of cgroup2 would change the options of the node's own, such as nsdelegate, as they are the file system's.
    private void AddCgroups(string access)
    {
        if (host.UnifiedCgroups && input.Security.Privileged)
        {
            Add("/sys/fs/cgroup", "bind", "/sys/fs/cgroup", "rbind", "rprivate", "nosuid", "noexec", "nodev", "relatime", access);
        }
        else
        {
            Add("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", access);
        }
    }

    /// <summary>With rw crun takes away the flags that the mounted source has, so those of the pod's own are named again.</summary>
    private void AddShm()
    {
        if (input.Environment.ShmPath is string own)
        {
            Add("/dev/shm", "bind", own, "rbind", "rprivate", "rw", "nosuid", "nodev", "noexec");
        }
        else
        {
            Add("/dev/shm", "bind", "/dev/shm", "rbind", "rprivate", "rw");
        }
    }

    private void AddSandboxFiles()
    {
        string access = input.Security.ReadonlyRootfs ? "ro" : "rw";
        AddShm();
        Add("/etc/hosts", "bind", input.Environment.HostsPath, "rbind", "rprivate", access);
        Add("/etc/hostname", "bind", input.Environment.HostnamePath, "rbind", "rprivate", access);
        Add("/etc/resolv.conf", "bind", input.Environment.ResolvConfPath, "rbind", "rprivate", access);
    }

    // The directory of a volume lies in the container's own upper layer with the image's files in it, so it lives and dies with the
    // container; a bind onto itself keeps it writable where the root is read-only. Below another mount it would be made in what is mounted there.
    private void AddImageVolumes()
    {
        FileOwner owner = input.UserNamespace is { } user ? new FileOwner(user.ToHostUser(0), user.ToHostGroup(0)) : default;
        foreach (string volume in input.Creation.Image.Config?.Volumes?.Keys ?? [])
        {
            string path = ContainerPath.Clean(volume.StartsWith('/') ? volume : "/" + volume);
            if (path.Length == 1 || _mounts.ContainsKey(path) || _mounts.Keys.Any(other => ContainerPath.IsBelow(path, other)))
            {
                continue;
            }

            input.Abandoned.ThrowIfCancellationRequested();
            string source = files.EnsureDirectory(input.Creation.RootfsPath, path, owner);
            if (input.Security.ReadonlyRootfs)
            {
                Add(path, "bind", source, "rbind", "rprivate", "rw");
            }
        }
    }

    private void DropBelow(string directory, IReadOnlyDictionary<string, OciMount> requested)
    {
        if (!requested.ContainsKey(directory))
        {
            return;
        }

        foreach (string path in _mounts.Keys.Where(path => ContainerPath.IsBelow(path, directory)).ToArray())
        {
            _mounts.Remove(path);
        }
    }

    private void Add(string destination, string type, string source, params string[] options) =>
        _mounts[destination] = new OciMount { Destination = destination, Type = type, Source = source, Options = options };

    private OrderedDictionary<string, OciMount> Requested()
    {
        OrderedDictionary<string, OciMount> requested = [];
        using IEnumerator<string> images = input.Creation.ImageVolumes.GetEnumerator();
        foreach (MountSpec mount in input.Spec.Mounts)
        {
            string destination = ContainerPath.Clean(mount.ContainerPath);
            Check(mount, destination);
            if (mount.Image.Length > 0)
            {
                requested[destination] = ImageMount(mount, destination, images);
                continue;
            }

            string source = files.Resolve(mount.HostPath);
            List<string> options = ["rbind", Propagation(mount, source), mount.ReadOnly ? "ro" : "rw"];
            if (mount.RecursiveReadOnly)
            {
                options.Add("rro");
            }

            options.AddRange(mount.Options);
            requested[destination] = new OciMount
            {
                Destination = destination,
                Type = "bind",
                Source = source,
                Options = options,
                UidMappings = mount.UidMappings.Count > 0 ? IdMappingList.For(mount.UidMappings) : null,
                GidMappings = mount.GidMappings.Count > 0 ? IdMappingList.For(mount.GidMappings) : null,
            };
        }

        return requested;
    }

    // The files have the ids of the pod's user namespace already, and there is no mount below them for which being read-only could differ. The flags
    // of the mounted source are named again because crun takes away those that are not.
    private static OciMount ImageMount(MountSpec mount, string destination, IEnumerator<string> sources) => new()
    {
        Destination = destination,
        Type = "bind",
        Source = sources.MoveNext() ? sources.Current : throw new ArgumentException("a mount's image is not mounted", nameof(sources)),
        Options = [.. ((string[])["rbind", "rprivate", "ro", "nosuid", "nodev", .. mount.Options]).Distinct()],
    };

    private void Check(MountSpec mount, string destination)
    {
        if (destination.Length == 1)
        {
            throw CridException.InvalidArgument("nothing can be mounted on the root of a container");
        }

        if (mount.Options.FirstOrDefault(static option => !BindOptions.Contains(option)) is { } unknown)
        {
            throw CridException.InvalidArgument($"mount on '{destination}': option '{unknown}' is not one of {string.Join(", ", BindOptions)}");
        }

        if (mount.Image.Length > 0)
        {
            CheckImage(mount, destination);
            return;
        }

        CheckIdMappings(mount, destination);
        if (mount.RecursiveReadOnly)
        {
            CheckRecursiveReadOnly(mount, destination);
        }
    }

    private void CheckImage(MountSpec mount, string destination)
    {
        if (mount.Propagation == MountPropagation.Bidirectional)
        {
            throw CridException.InvalidArgument($"mount on '{destination}': an image takes no mounts of a container");
        }

        bool isMapped = mount.UidMappings.Count > 0 || mount.GidMappings.Count > 0;
        if (isMapped && !(input.UserNamespace is { } user && user.Uids.SequenceEqual(mount.UidMappings) && user.Gids.SequenceEqual(mount.GidMappings)))
        {
            throw CridException.InvalidArgument($"mount on '{destination}': the ids of an image can only be mapped as the pod's user namespace maps them");
        }
    }

    private void CheckIdMappings(MountSpec mount, string destination)
    {
        if (mount.UidMappings.Count > 0 != mount.GidMappings.Count > 0)
        {
            throw CridException.InvalidArgument($"mount on '{destination}': mappings of user ids and of group ids go together");
        }

        if (mount.UidMappings.Count > 0 && !input.UserNamespaces)
        {
            throw new CridException(ErrorKind.Unimplemented, $"mount on '{destination}': the runtime handler has no id-mapped mounts");
        }
    }

    private void CheckRecursiveReadOnly(MountSpec mount, string destination)
    {
        if (!mount.ReadOnly || mount.Propagation != MountPropagation.Private)
        {
            throw CridException.InvalidArgument($"mount on '{destination}': a recursive read-only mount has to be read-only and private");
        }

        if (!input.RecursiveReadOnlyMounts)
        {
            throw new CridException(ErrorKind.Unknown, $"mount on '{destination}': the runtime handler has no recursive read-only mounts")
            {
                Reason = "RROUnsupported",
            };
        }
    }

    private string Propagation(MountSpec mount, string source)
    {
        switch (mount.Propagation)
        {
            case MountPropagation.Private:
                return "rprivate";
            case MountPropagation.HostToContainer when files.PropagationOf(source) == HostPropagation.Private:
                throw CridException.InvalidArgument($"'{source}' is on a private mount, from which mounts can't reach the container");
            case MountPropagation.HostToContainer:
                return "rslave";
            case MountPropagation.Bidirectional when files.PropagationOf(source) != HostPropagation.Shared:
                throw CridException.InvalidArgument($"'{source}' is not on a shared mount, so mounts of the container can't reach the host");
            case MountPropagation.Bidirectional:
                return "rshared";
            default:
                throw CridException.InvalidArgument($"mount propagation {(int)mount.Propagation} is not known");
        }
    }
}
