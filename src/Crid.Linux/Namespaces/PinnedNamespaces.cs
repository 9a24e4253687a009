using System.Globalization;
using System.Text;
using Crid.Core;
using Tmds.Linux;

namespace Crid.Linux;

/// <summary>
/// Namespaces that live without a process: bind mounts under <see cref="CridDirectories.Namespaces"/> keep them,
/// <c>ID/net</c>, <c>ID/ipc</c>, <c>ID/uts</c> and <c>ID/user</c> for each sandbox.
/// </summary>
public sealed class PinnedNamespaces
{
    private const int MaximumHostnameBytes = 64;
    private const UnixFileMode DirectoryMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    // What every pod of a network of its own gets unless it says otherwise: ports below 1024 and ping sockets need no capability, since
    // a port of the pod's own namespace protects nothing of the node.
    private static readonly (string Name, string Value)[] NetworkDefaults =
        [("net.ipv4.ip_unprivileged_port_start", "0"), ("net.ipv4.ping_group_range", "0 2147483647")];

    private readonly CridDirectories _directories;
    private readonly string _pauseProgram;

    /// <param name="pauseProgram">The path of crid-pause, which makes user namespaces.</param>
    public PinnedNamespaces(CridDirectories directories, string pauseProgram)
    {
        _directories = directories;
        _pauseProgram = pauseProgram;
        NamespaceThread.Rehearse();
    }

    /// <summary>
    /// Makes the directory of the pins a mount of its own with shared propagation; idempotent, to be called once before the first Create.
    /// </summary>
    /// <remarks>
    /// CNI plugins and OCI runtimes run in this mount namespace and see the pins whatever the propagation is. Shared matters for removal:
    /// a mount namespace that was copied while a pin existed (a service with PrivateTmp, a CNI agent that mounts /run with
    /// HostToContainer) loses the pin with us, where a private copy would keep a removed pod's namespaces alive as long as it lives.
    /// </remarks>
    public void Prepare()
    {
        string path = _directories.Namespaces;
        Directory.CreateDirectory(path, DirectoryMode);
        if (!MountPoints.IsMountPoint(path))
        {
            Mounts.Bind(path, path);
        }

        Mounts.SetPropagation(path, Propagation.Shared);
    }

    /// <summary>Creates, sets up and pins the namespaces; about a millisecond. After a failure nothing is left.</summary>
    /// <exception cref="CridException">InvalidArgument: a hostname or sysctl that is not acceptable.</exception>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public Task<NamespacePaths> CreateAsync(NamespaceRequest request, CancellationToken cancellationToken) =>
        Task.Run(() => Create(request), cancellationToken);

    /// <summary>Unpins the namespaces, which ends them once nothing uses them. Accepts what is half made or does not exist.</summary>
    /// <exception cref="LinuxException">An unmount was refused.</exception>
    public void Remove(SandboxId id)
    {
        string directory = _directories.SandboxNamespaces(id);
        if (!Directory.Exists(directory))
        {
            return;
        }

        foreach (string file in Directory.GetFiles(directory))
        {
            Mounts.EnsureUnmounted(file, detach: true);
            File.Delete(file);
        }

        Directory.Delete(directory);
    }

    /// <summary>The ids of all sandboxes that have pinned or half-made namespaces, for recovery.</summary>
    public IReadOnlyList<SandboxId> List()
    {
        List<SandboxId> ids = [];
        if (Directory.Exists(_directories.Namespaces))
        {
            foreach (string directory in Directory.EnumerateDirectories(_directories.Namespaces))
            {
                if (SandboxId.TryParse(Path.GetFileName(directory), out SandboxId id))
                {
                    ids.Add(id);
                }
            }
        }

        return ids;
    }

    /// <summary>The paths at which a sandbox's namespaces are pinned now.</summary>
    public NamespacePaths Get(SandboxId id) => new(FindPin(id, "net"), FindPin(id, "ipc"), FindPin(id, "uts"), FindPin(id, "user"));

    private string? FindPin(SandboxId id, string name)
    {
        string path = $"{_directories.SandboxNamespaces(id)}/{name}";
        return NamespaceFile.IsNamespace(path) ? path : null;
    }

    private NamespacePaths Create(NamespaceRequest request)
    {
        string directory = _directories.SandboxNamespaces(request.Id);
        NamespacePaths paths = new(
            request.Network ? $"{directory}/net" : null,
            request.Ipc ? $"{directory}/ipc" : null,
            request.Uts ? $"{directory}/uts" : null,
            request.User is not null ? $"{directory}/user" : null);
        NamespaceStep[] steps = [.. PlanSetup(request), .. PlanPins(paths)];
        int flags = (request.Network ? LibC.CLONE_NEWNET : 0) | (request.Ipc ? LibC.CLONE_NEWIPC : 0) | (request.Uts ? LibC.CLONE_NEWUTS : 0);
        if (flags == 0 && request.User is null)
        {
            return paths;
        }

        Directory.CreateDirectory(directory, DirectoryMode);
        try
        {
            if (request.User is not null)
            {
                CreateInUserNamespace(request.User, flags, paths, steps);
            }
            else
            {
                Execute(flags, steps);
            }

            return paths;
        }
        catch
        {
            Remove(request.Id);
            throw;
        }
    }

    private static void Execute(int flags, NamespaceStep[] steps)
    {
        (NamespaceStep? failed, int errno) = NamespaceThread.Execute(flags, steps);
        if (errno != 0)
        {
            throw Describe(failed, errno);
        }
    }

    // The thread keeps the rights of the node's root: they include all rights over namespaces that a namespace below owns.
    private void CreateInUserNamespace(IdMappings mappings, int flags, NamespacePaths paths, NamespaceStep[] steps)
    {
        using UserNamespaceKeeper keeper = UserNamespaceKeeper.Start(_pauseProgram, mappings, flags);
        string process = keeper.Pid.ToString(CultureInfo.InvariantCulture);
        List<NamespaceStep> all = [];
        foreach ((string name, string? path) in ((string, string?)[])[("net", paths.Network), ("ipc", paths.Ipc), ("uts", paths.Uts)])
        {
            if (path is not null)
            {
                all.Add(NamespaceStep.Join($"/proc/{process}/ns/{name}"));
            }
        }

        Execute(0, [.. all, .. steps, NamespaceStep.Pin("user", paths.User!, process)]);
    }

    private static IEnumerable<NamespaceStep> PlanPins(NamespacePaths paths)
    {
        if (paths.Network is not null)
        {
            yield return NamespaceStep.Pin("net", paths.Network);
        }

        if (paths.Ipc is not null)
        {
            yield return NamespaceStep.Pin("ipc", paths.Ipc);
        }

        if (paths.Uts is not null)
        {
            yield return NamespaceStep.Pin("uts", paths.Uts);
        }
    }

    private static List<NamespaceStep> PlanSetup(NamespaceRequest request)
    {
        List<NamespaceStep> steps = [];
        if (request.Network)
        {
            steps.Add(NamespaceStep.SendRoute("raise the loopback interface", RouteMessages.RaiseLoopback()));
        }

        if (request.Uts && request.Hostname.Length > 0)
        {
            if (Encoding.UTF8.GetByteCount(request.Hostname) > MaximumHostnameBytes || request.Hostname.Any(char.IsControl))
            {
                throw CridException.InvalidArgument($"hostname '{request.Hostname}' is longer than {MaximumHostnameBytes} bytes or has control characters");
            }

            steps.Add(NamespaceStep.SetHostname(request.Hostname));
        }

        Sysctl[] sysctls = [.. CollectSysctls(request)];
        steps.AddRange(sysctls.Where(static sysctl => sysctl.IsNetwork).Select(Write));
        NamespaceStep[] ipc = [.. sysctls.Where(static sysctl => !sysctl.IsNetwork).Select(Write)];
        if (ipc.Length > 0 && request.User is not null)
        {
            // The kernel lets only the very owner of an IPC namespace write them, and no capability makes up for that.
            steps.Add(NamespaceStep.SetUser(RootOf(request.User)));
            steps.AddRange(ipc);
            steps.Add(NamespaceStep.SetUser(0));
        }
        else
        {
            steps.AddRange(ipc);
        }

        return steps;
    }

    private static NamespaceStep Write(Sysctl sysctl) => NamespaceStep.Write($"/proc/sys/{sysctl.Path}", sysctl.Value);

    private static uint RootOf(IdMappings mappings) =>
        mappings.Users.FirstOrDefault(static mapping => mapping.Inside == 0)?.Outside
            ?? throw CridException.InvalidArgument("the user namespace does not map user 0");

    private static Dictionary<string, Sysctl>.ValueCollection CollectSysctls(NamespaceRequest request)
    {
        Dictionary<string, Sysctl> byPath = [];
        foreach ((string name, string value) in request.Network ? NetworkDefaults : [])
        {
            Sysctl sysctl = Sysctl.Parse(name, value);
            byPath[sysctl.Path] = sysctl;
        }

        foreach ((string name, string value) in request.Sysctls)
        {
            Sysctl sysctl = Sysctl.Parse(name, value);
            if (!(sysctl.IsNetwork ? request.Network : request.Ipc))
            {
                throw CridException.InvalidArgument(
                    $"sysctl '{name}' needs a sandbox with {(sysctl.IsNetwork ? "a network" : "an IPC")} namespace of its own");
            }

            byPath[sysctl.Path] = sysctl;
        }

        return byPath.Values;
    }

    private static CridException Describe(NamespaceStep? failed, int errno) => failed switch
    {
        null => new LinuxException("unshare", null, errno),
        { Kind: NamespaceStepKind.Join } => new LinuxException("setns", failed.Subject, errno),
        { Kind: NamespaceStepKind.SetUser } => new LinuxException("setresuid", failed.Subject, errno),
        { Kind: NamespaceStepKind.Pin } => new LinuxException("mount", failed.Subject, errno),
        { Kind: NamespaceStepKind.SetHostname } => new LinuxException("sethostname", failed.Subject, errno),
        { Kind: NamespaceStepKind.SendRoute } => new LinuxException(failed.Subject, null, errno),
        _ => CridException.InvalidArgument(
            $"sysctl '{failed.Subject}' does not take '{Encoding.ASCII.GetString(failed.Data)}'",
            new LinuxException("write", failed.Subject, errno)),
    };
}
