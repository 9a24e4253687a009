using System.Collections.Concurrent;
using System.Text.Json;
using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>Drives one OCI runtime.</summary>
internal sealed class OciRuntime : IOciRuntime
{
    private const int MaxAccountFileBytes = 4 << 20;
    private static readonly TimeSpan CleanUpTimeout = TimeSpan.FromSeconds(30);

    private readonly RuntimeHandler _handler;
    private readonly RuntimeProgram _program;
    private readonly RuntimeServices _services;
    private readonly SharedParts _shared;
    private readonly bool _isCrun;
    private readonly SpecBuilder _specs;
    private readonly ExecSync _execSync;
    private readonly StreamedExec _streamedExec;
    private readonly StreamedAttach _streamedAttach;
    private readonly ConcurrentDictionary<ContainerId, OciProcess> _processes = new();

    public OciRuntime(RuntimeHandler handler, RuntimeProgram program, RuntimeServices services, SharedParts shared, bool isCrun)
    {
        _handler = handler;
        _program = program;
        _services = services;
        _shared = shared;
        _isCrun = isCrun;
        _specs = new SpecBuilder(services.Host, shared.Files);
        ContainerExec execs = new(program, services, shared.Exits);
        _execSync = new ExecSync(execs, services.EventLoop, services.Time);
        _streamedExec = new StreamedExec(execs, services.EventLoop);
        _streamedAttach = new StreamedAttach(services.Keeper, services.EventLoop, services.Logger);
    }

    public async Task<CreatedContainer> CreateAsync(ContainerCreation creation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(creation);
        await _shared.AppArmor.EnsureAsync(creation.Spec.Security, _services.Host, cancellationToken);
        ResolvedUser user = ResolveUser(creation);
        string cgroupPath = CgroupPath.For(_program.Driver, creation.Sandbox.CgroupParent, creation.Id.Value);
        using ProcessNamespace? pidNamespace = OpenPidNamespace(creation.PidOwner);
        SpecInput input = new()
        {
            Creation = creation,
            User = user,
            CgroupPath = cgroupPath,
            PidNamespace = pidNamespace?.Path,
            RecursiveReadOnlyMounts = _handler.RecursiveReadOnlyMounts,
            UserNamespaces = _handler.UserNamespaces,
            NetworkDevices = _handler.NetworkDevices,
            DeviceOwnershipFromSecurityContext = _shared.DeviceOwnershipFromSecurityContext,
            Rules = _program.Rules,
            Hooks = _shared.Hooks.Read(),
            CdiEdits = _shared.Cdi.Resolve(CdiRequest.NamesOf(creation.Spec)),
            Abandoned = cancellationToken,
        };

        // A volume whose server does not answer holds whoever looks at it up for ever. A look that is left behind makes nothing any more.
        OciSpec spec = await Task.Run(() => _specs.Build(input), cancellationToken).WaitAsync(cancellationToken);
        Bundle bundle = new(creation.BundleDirectory);
        bundle.Write(spec);
        if (creation.Sandbox.Security.Namespaces.FindOwnUser() is { } namespaceOfUsers)
        {
            bundle.GiveOutput(namespaceOfUsers.ToHostUser(user.Uid), namespaceOfUsers.ToHostGroup(user.Gid));
        }

        if (input.Selinux is { } selinux)
        {
            bundle.LabelOutput(selinux.Mount, creation.Spec.Stdin && !creation.Spec.Tty);
            await Task.Run(() => VolumeLabels.Apply(creation.Spec.Mounts, selinux.Mount, _shared.Files, cancellationToken), cancellationToken)
                .WaitAsync(cancellationToken);
        }

        SpawnResult created = await CreateAsync(creation, bundle, spec, cancellationToken);
        _processes[creation.Id] = spec.Process;
        ResolvedUser withGroupsOfDevices = user with { SupplementalGroups = [.. spec.Process.User.AdditionalGids!.Select(static group => (long)group)] };
        return new CreatedContainer(created.Pid, created.StartTimeTicks, withGroupsOfDevices, cgroupPath);
    }

    public Task StartAsync(ContainerId id, CancellationToken cancellationToken) =>
        _program.ExecuteAsync($"start container '{id.Short}'", ["start", id.Value], default, cancellationToken);

    public async Task DeleteAsync(ContainerId id, CancellationToken cancellationToken)
    {
        try
        {
            await ExecuteDeleteAsync(id, cancellationToken);
        }
        catch (CridException) when (TryRestoreConfig(id))
        {
            await ExecuteDeleteAsync(id, cancellationToken);
        }

        RemoveRest(id);
        _processes.TryRemove(id, out _);
    }

    private Task ExecuteDeleteAsync(ContainerId id, CancellationToken cancellationToken) =>
        _program.ExecuteAsync($"delete container '{id.Short}'", ["delete", "--force", id.Value], default, cancellationToken);

    /// <summary>
    /// A runc that is killed early in a create, while it has itself mounted beside its state to be, leaves a directory in which it finds no
    /// container, and which it can't remove for that mount.
    /// </summary>
    private void RemoveRest(ContainerId id)
    {
        string state = $"{_program.StateDirectory}/{id.Value}";
        if (!Directory.Exists(state))
        {
            return;
        }

        foreach (MountInfo mount in Mounts.Read().Where(mount => mount.Mountpoint.StartsWith($"{state}/", StringComparison.Ordinal)))
        {
            Mounts.EnsureUnmounted(mount.Mountpoint, detach: true);
        }

        DirectoryTree.Remove(state);
    }

    /// <summary>
    /// A crun that is killed while it removes its state may leave the status without the copy of config.json beside it, and then refuses every
    /// further delete. The bundle has the original.
    /// </summary>
    private bool TryRestoreConfig(ContainerId id)
    {
        string state = $"{_program.StateDirectory}/{id.Value}";
        Bundle bundle = new(_services.Directories.Container(id));
        if (!File.Exists($"{state}/status") || File.Exists($"{state}/config.json") || !File.Exists(bundle.ConfigPath))
        {
            return false;
        }

        File.Copy(bundle.ConfigPath, $"{state}/config.json");
        return true;
    }

    public Task<ExecSyncResult> ExecSyncAsync(
        ContainerId id, IReadOnlyList<string> command, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        Bundle bundle = new(_services.Directories.Container(id));
        return _execSync.ExecuteAsync(id, bundle, ExecProcessOf(id, bundle, command, terminal: false), timeout, cancellationToken);
    }

    public Task<int> ExecAsync(
        ContainerId id, IReadOnlyList<string> command, bool terminal, ProcessStreams streams, CancellationToken cancellationToken)
    {
        Bundle bundle = new(_services.Directories.Container(id));
        return _streamedExec.ExecuteAsync(id, bundle, ExecProcessOf(id, bundle, command, terminal), streams, cancellationToken);
    }

    public Task AttachAsync(ContainerId id, bool terminal, bool stdinOnce, ProcessStreams streams, CancellationToken cancellationToken) =>
        _streamedAttach.ExecuteAsync(id, terminal, stdinOnce, streams, cancellationToken);

    public Task UpdateAsync(ContainerId id, ResourcesSpec resources, CancellationToken cancellationToken)
    {
        OciResources limits = ResourceLimits.For(resources, _services.Host);
        if (_isCrun && _program.Driver == CgroupDriver.Systemd && _services.Host.UnifiedCgroups)
        {
            limits = ResourceLimits.WithNumberForNoQuota(limits);
        }

        byte[] document = JsonSerializer.SerializeToUtf8Bytes(limits, OciJson.Default.OciResources);
        return _program.ExecuteAsync($"update container '{id.Short}'", ["update", "--resources", "-", id.Value], document, cancellationToken);
    }

    private async Task<SpawnResult> CreateAsync(ContainerCreation creation, Bundle bundle, OciSpec spec, CancellationToken cancellationToken)
    {
        string console = spec.Process.Terminal ? bundle.ConsoleSocketPath : "";
        CreateRequest request = new()
        {
            Id = creation.Id.Value,
            Command = _program.Command(
                bundle.LogPath,
                ["create", "--bundle", bundle.Directory, "--pid-file", bundle.PidPath, .. Console(console), creation.Id.Value]),
            BundleDirectory = bundle.Directory,
            PidFile = bundle.PidPath,
            IoDirectory = bundle.IoPath,
            LogPath = creation.LogPath,
            Terminal = creation.Spec.Tty,
            ConsoleSocket = console.Length > 0 ? console : null,
            Stdin = creation.Spec.Stdin,
            StdinOnce = creation.Spec.StdinOnce,
            Attachable = true,
            Timeout = _program.CallTimeout,
        };
        try
        {
            SpawnResult result = await SpawnAsync(request, cancellationToken);
            return result.RuntimeExitStatus == 0
                ? result
                : throw RuntimeErrors.ForCommand(
                    ErrorKind.FailedPrecondition,
                    $"create container '{creation.Id.Short}' with handler '{_handler.Name}'",
                    spec.Process.Args[0],
                    RuntimeErrors.LastMessage(Bundle.ReadLog(bundle.LogPath)),
                    result.RuntimeExitStatus);
        }
        catch
        {
            await CleanUpAsync(creation.Id);
            throw;
        }
    }

    private static ProcessNamespace? OpenPidNamespace(ProcessIdentity? owner) => owner is null
        ? null
        : ProcessNamespace.Find(owner.Pid, owner.StartTimeTicks)
            ?? throw CridException.FailedPrecondition($"process {owner.Pid}, whose PID namespace the container was to join, has ended");

    private async Task<SpawnResult> SpawnAsync(CreateRequest request, CancellationToken cancellationToken)
    {
        using MeasuredWork work = RuntimesMetrics.Begin(_handler.Name, "create");
        SpawnResult result = await _services.Keeper.CreateAsync(request, cancellationToken);
        if (result.RuntimeExitStatus == 0)
        {
            work.Succeed();
        }

        return result;
    }

    private static string[] Console(string socket) => socket.Length > 0 ? ["--console-socket", socket] : [];

    // On its own time: the caller may be gone, and it may be the runtime itself that does not answer. Where it was the keeper that died, the
    // create may still run; the next keeper answers once that is ended, and what it left is deleted only then.
    private async Task CleanUpAsync(ContainerId id)
    {
        using CancellationTokenSource timeout = new(CleanUpTimeout, _services.Time);
        try
        {
            await _services.Keeper.ForgetAsync(id.Value, timeout.Token);
            await DeleteAsync(id, timeout.Token);
        }
        catch (Exception exception)
        {
            RuntimesLog.CleanUpFailed(_services.Logger, exception, id.Value);
        }
    }

    private static ResolvedUser ResolveUser(ContainerCreation creation)
    {
        AccountFiles accounts = new(path => RootedFiles.ReadFile(creation.RootfsPath, path, MaxAccountFileBytes));
        try
        {
            return new UserResolver(accounts).Resolve(creation.Spec.Security, creation.Image.Config?.User);
        }
        catch (InvalidDataException exception)
        {
            throw CridException.InvalidArgument($"find the user of container '{creation.Id.Short}': {exception.Message}", exception);
        }
    }

    /// <summary>The container's own process with another command.</summary>
    private OciProcess ExecProcessOf(ContainerId id, Bundle bundle, IReadOnlyList<string> command, bool terminal)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (command.Count == 0)
        {
            throw CridException.InvalidArgument("no command to execute");
        }

        OciProcess process = ProcessOf(id, bundle) with { Args = command, Terminal = terminal };
        return terminal ? process with { Env = ProcessEnvironment.WithTerminal(process.Env) } : process;
    }

    private OciProcess ProcessOf(ContainerId id, Bundle bundle)
    {
        try
        {
            return _processes.GetOrAdd(id, static (_, bundle) => bundle.ReadProcess(), bundle);
        }
        catch (IOException exception)
        {
            throw new CridException(ErrorKind.NotFound, $"container '{id.Short}' has no bundle", exception);
        }
    }
}
