using System.Globalization;
using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;

namespace Crid.Runtimes;

/// <summary>Runs the pause program, which makes a PID namespace and stays as its init; no OCI runtime is involved.</summary>
public sealed class InfraProcesses : IInfraProcesses
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const int RemoveTries = 20;
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
        IReadOnlyList<string> processesFiles = CreateCgroup(spec, id, files);
        CreateRequest request = new()
        {
            Id = id.Value,
            Command = Command(environment, files, processesFiles),
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

    // systemd makes scopes only on request over D-Bus; with that driver the process stays where the keeper is.
    private IReadOnlyList<string> CreateCgroup(SandboxSpec spec, SandboxId id, PauseFiles files)
    {
        if (_driver == CgroupDriver.Systemd)
        {
            return [];
        }

        string path = CgroupPath.For(_driver, spec.CgroupParent, id.Value);
        File.WriteAllText(files.CgroupPath, path);
        return _cgroups.Create(path);
    }

    private List<string> Command(SandboxEnvironment environment, PauseFiles files, IReadOnlyList<string> processesFiles)
    {
        List<string> command =
        [
            _options.Program, "--pid-file", files.PidPath, "--error-file", files.ErrorPath,
            "--oom-score-adj", _options.OomScoreAdj.ToString(CultureInfo.InvariantCulture),
        ];
        Add(command, "--net", environment.NetworkNamespace);
        Add(command, "--ipc", environment.IpcNamespace);
        Add(command, "--uts", environment.UtsNamespace);
        foreach (string file in processesFiles)
        {
            Add(command, "--cgroup", file);
        }

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
            await RemoveCgroupAsync(files, timeout.Token);
            await _services.Keeper.ForgetAsync(id.Value, timeout.Token);
        }
        catch (Exception exception)
        {
            RuntimesLog.CleanUpFailed(_services.Logger, exception, id.Value);
        }
    }

    private async Task RemoveCgroupAsync(PauseFiles files, CancellationToken cancellationToken)
    {
        if (!File.Exists(files.CgroupPath))
        {
            return;
        }

        string path = await File.ReadAllTextAsync(files.CgroupPath, cancellationToken);
        for (int tries = 1; !_cgroups.Remove(path); tries++)
        {
            if (tries == RemoveTries)
            {
                RuntimesLog.CgroupBusy(_services.Logger, path);
                return;
            }

            await Task.Delay(RemoveInterval, _services.Time, cancellationToken);
        }

        File.Delete(files.CgroupPath);
    }
}
