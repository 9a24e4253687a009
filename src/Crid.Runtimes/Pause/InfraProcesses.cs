using System.Globalization;
using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;

namespace Crid.Runtimes;

/// <summary>Runs the pause program, which makes a PID namespace and stays as its init; no OCI runtime is involved.</summary>
public sealed class InfraProcesses : IInfraProcesses
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private static readonly TimeSpan RemovePatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RemoveInterval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);

    private readonly PauseOptions _options;
    private readonly CgroupDriver _driver;
    private readonly CgroupTree _cgroups;
    private readonly RuntimeServices _services;

    public InfraProcesses(PauseOptions options, CgroupDriver driver, CgroupTree cgroups, RuntimeServices services)
    {
        _options = options;
        _driver = driver;
        _cgroups = cgroups;
        _services = services;
    }

    public async Task<InfraProcess> StartAsync(SandboxSpec spec, SandboxEnvironment environment, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(environment);
        SandboxId id = environment.Id;
        PauseFiles files = new(_services.Directories.Sandbox(id));
        Directory.CreateDirectory(files.IoPath, Private);
        CreateRequest request = new()
        {
            Id = id.Value,
            Command = _driver == CgroupDriver.Systemd ? ScopedCommand(spec, environment, files) : CgroupCommand(spec, environment, files),
            BundleDirectory = files.Directory,
            PidFile = files.PidPath,
            IoDirectory = files.IoPath,
            Timeout = StartTimeout,
        };
        try
        {
            SpawnResult started = await _services.Keeper.CreateAsync(request, cancellationToken);
            return started.RuntimeExitStatus == 0
                ? new InfraProcess(started.Pid, started.StartTimeTicks)
                : throw new CridException(ErrorKind.Internal, $"start the pause program of sandbox '{id.Short}': {files.ReadError(started)}");
        }
        catch
        {
            await CleanUpAsync(id, files);
            throw;
        }
    }

    public async Task StopAsync(SandboxId id, InfraProcess? process, CancellationToken cancellationToken)
    {
        // The end of a namespace's init is the end of all that is in it; the kernel waits for them before it reports the init.
        using (ProcessHandle? handle = process is null ? null : ProcessHandle.Open(process.Pid, process.StartTimeTicks))
        {
            if (handle is not null)
            {
                handle.SendSignal(SignalNames.Kill);
                await handle.WaitForExitAsync(_services.EventLoop, cancellationToken);
            }
        }

        await RemoveCgroupAsync(new PauseFiles(_services.Directories.Sandbox(id)), cancellationToken);
        await _services.Keeper.ForgetAsync(id.Value, cancellationToken);
    }

    /// <summary>The program moves itself into a cgroup that is made here.</summary>
    private List<string> CgroupCommand(SandboxSpec spec, SandboxEnvironment environment, PauseFiles files)
    {
        string path = CgroupPath.For(_driver, spec.CgroupParent, environment.Id.Value);
        File.WriteAllText(files.CgroupPath, path);
        List<string> command = Command(environment, files);
        foreach (string file in _cgroups.Create(path))
        {
            Add(command, "--cgroup", file);
        }

        return command;
    }

    /// <summary>Only systemd makes scopes. It also removes them when their last process ends, so there is nothing to remember.</summary>
    private List<string> ScopedCommand(SandboxSpec spec, SandboxEnvironment environment, PauseFiles files)
    {
        string[] path = CgroupPath.For(_driver, spec.CgroupParent, environment.Id.Value).Split(':');
        return
        [
            _options.ScopeProgram, "--quiet", "--collect", "--scope", "--slice", path[0], "--unit", $"{path[1]}-{path[2]}.scope",
            "--", .. Command(environment, files),
        ];
    }

    private List<string> Command(SandboxEnvironment environment, PauseFiles files)
    {
        List<string> command =
        [
            _options.Program, "--pid-file", files.PidPath, "--error-file", files.ErrorPath,
            "--oom-score-adj", _options.OomScoreAdj.ToString(CultureInfo.InvariantCulture),
        ];
        Add(command, "--net", environment.NetworkNamespace);
        Add(command, "--ipc", environment.IpcNamespace);
        Add(command, "--uts", environment.UtsNamespace);
        Add(command, "--user", environment.UserNamespace);
        return command;
    }

    private static void Add(List<string> command, string option, string? value)
    {
        if (value is not null)
        {
            command.Add(option);
            command.Add(value);
        }
    }

    private async Task CleanUpAsync(SandboxId id, PauseFiles files)
    {
        using CancellationTokenSource timeout = new(StartTimeout, _services.Time);
        try
        {
            // Where it was the keeper that died, the next one answers once it has ended what was being started.
            await _services.Keeper.ForgetAsync(id.Value, timeout.Token);
            await RemoveCgroupAsync(files, timeout.Token);
        }
        catch (Exception exception)
        {
            RuntimesLog.CleanUpFailed(_services.Logger, exception, id.Value);
        }
    }

    /// <summary>With what is in it: where a start was cut short nobody knows the process.</summary>
    private async Task RemoveCgroupAsync(PauseFiles files, CancellationToken cancellationToken)
    {
        if (!File.Exists(files.CgroupPath))
        {
            return;
        }

        string path = await File.ReadAllTextAsync(files.CgroupPath, cancellationToken);
        long began = _services.Time.GetTimestamp();
        while (!TryRemoveCgroup(path))
        {
            if (_services.Time.GetElapsedTime(began) > RemovePatience)
            {
                throw CridException.FailedPrecondition($"remove cgroup '{path}': its processes were killed and have not ended");
            }

            await Task.Delay(RemoveInterval, _services.Time, cancellationToken);
        }

        File.Delete(files.CgroupPath);
    }

    private bool TryRemoveCgroup(string path)
    {
        _cgroups.KillAll(path);
        return _cgroups.Remove(path);
    }
}
