using System.Globalization;
using System.Text;
using Crid.Core;
using Crid.Linux;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>Directories of sandboxes on this machine.</summary>
internal sealed class SandboxFiles(CridDirectories directories) : ISandboxFiles
{
    private const string SharedMemoryOptions = "mode=1777,size=65536k";
    private const string HostResolvConf = "/etc/resolv.conf";
    private const string HostHosts = "/etc/hosts";

    private const UnixFileMode DirectoryMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private const UnixFileMode Readable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public void Create(SandboxSpec spec, SandboxEnvironment environment)
    {
        Directory.CreateDirectory(directories.Sandbox(environment.Id), DirectoryMode);
        (uint user, uint group) = RootOf(spec);
        Write(environment.HostnamePath, environment.Hostname + "\n");
        Write(environment.ResolvConfPath, spec.Dns is null ? ReadHostFile(HostResolvConf) : FormatResolvConf(spec.Dns));
        Write(environment.HostsPath, environment.NetworkNamespace is null ? ReadHostFile(HostHosts) : FormatHosts("", []));
        if (environment.ShmPath is string shm)
        {
            Directory.CreateDirectory(shm);
            Mounts.EnsureUnmounted(shm);
            string options = string.Create(CultureInfo.InvariantCulture, $"{SharedMemoryOptions},uid={user},gid={group}")
                + (environment.Selinux is { } labels ? $",context=\"{labels.Mount}\"" : "");
            Mounts.FileSystem("tmpfs", "shm", shm, MountOptions.NoSuid | MountOptions.NoDev | MountOptions.NoExec, options);
        }

        foreach (string path in (string[])[environment.HostnamePath, environment.ResolvConfPath, environment.HostsPath])
        {
            if (user != 0 || group != 0)
            {
                FileMetadata.SetOwner(path, user, group);
            }

            if (environment.Selinux is { } selinux)
            {
                SecurityLabels.Set(path, selinux.Mount);
            }
        }
    }

    /// <summary>Whom the files belong to: the root of the pod, who is another one outside its user namespace.</summary>
    private static (uint User, uint Group) RootOf(SandboxSpec spec) =>
        spec.Security.Namespaces.FindOwnUser() is UserNamespaceSpec user ? (user.ToHostUser(0), user.ToHostGroup(0)) : (0, 0);

    public void WriteHosts(SandboxEnvironment environment, IReadOnlyList<string> addresses) =>
        Write(environment.HostsPath, FormatHosts(environment.Hostname, addresses));

    public void Unmount(SandboxId id) => OwnedDirectories.Unmount(directories.Sandbox(id));

    public void Delete(SandboxId id) => OwnedDirectories.Delete(directories.Sandbox(id));

    public IReadOnlyList<SandboxId> List() =>
        [.. OwnedDirectories.Names(directories.Sandboxes).Where(name => SandboxId.TryParse(name, out _)).Select(SandboxId.Parse)];

    /// <summary>The lines of resolv.conf(5) in the order in which the other runtimes write them; nothing configured gives an empty file.</summary>
    internal static string FormatResolvConf(DnsSpec dns)
    {
        StringBuilder text = new();
        if (dns.Searches.Count > 0)
        {
            text.Append("search ").AppendJoin(' ', dns.Searches).Append('\n');
        }

        foreach (string server in dns.Servers)
        {
            text.Append("nameserver ").Append(server).Append('\n');
        }

        if (dns.Options.Count > 0)
        {
            text.Append("options ").AppendJoin(' ', dns.Options).Append('\n');
        }

        return text.ToString();
    }

    internal static string FormatHosts(string hostname, IReadOnlyList<string> addresses)
    {
        StringBuilder text = new("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
        foreach (string address in addresses)
        {
            text.Append(address).Append('\t').Append(hostname).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Every user of the pod may read it, whatever the daemon's umask is.</summary>
    private static void Write(string path, string text)
    {
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, Readable);
    }

    private static string ReadHostFile(string path) => File.Exists(path) ? File.ReadAllText(path) : "";
}
