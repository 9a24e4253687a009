using System.Collections.Concurrent;
using System.Globalization;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.HostTests;

/// <summary>Does in this process what crid-keeper does in its own; the output of containers goes to a file without the form of a log.</summary>
internal sealed class DirectKeeper : IKeeper, IDisposable
{
    private readonly ConcurrentDictionary<string, KeptProcess> _kept = new();
    private readonly EventLoop _loop;

    public DirectKeeper(EventLoop loop)
    {
        _loop = loop;
        OwnProcess.SetSubreaper(true);
    }

    public event Action<ProcessExit>? Exited;

    /// <summary>Leaves orphans to init again: whoever takes them without reaping them keeps PID namespaces from ending.</summary>
    public void Dispose() => OwnProcess.SetSubreaper(false);

    public async Task<SpawnResult> CreateAsync(CreateRequest request, CancellationToken cancellationToken)
    {
        string log = request.LogPath ?? Path.Combine(request.BundleDirectory, "output");
        using SafeFileHandle output = Descriptor.OpenAppend(log);
        SpawnRequest spawn = new()
        {
            Path = request.Command[0],
            Arguments = request.Command,
            WorkingDirectory = request.BundleDirectory,
            StandardOutput = output,
            StandardError = output,
        };
        return await KeepAsync(request.Id, spawn, request.PidFile);
    }

    public Task<SpawnResult> ExecAsync(ExecRequest request, CancellationToken cancellationToken)
    {
        SpawnRequest spawn = new()
        {
            Path = request.Command[0],
            Arguments = request.Command,
            WorkingDirectory = request.BundleDirectory,
            StandardInput = request.Stdin,
            StandardOutput = request.Stdout,
            StandardError = request.Stderr,
        };
        return KeepAsync(request.Id, spawn, request.PidFile);
    }

    public Task<SafeFileHandle?> AttachAsync(AttachRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task CloseStdinAsync(string id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task ReopenLogAsync(string id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task ForgetAsync(string id, CancellationToken cancellationToken)
    {
        _kept.TryRemove(id, out _);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<KeptProcess>> ListAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<KeptProcess>>([.. _kept.Values]);

    private async Task<SpawnResult> KeepAsync(string id, SpawnRequest request, string pidFile)
    {
        using ProcessHandle command = ProcessHandle.Open(ProcessSpawner.Spawn(request));
        await command.WaitForExitAsync(_loop, CancellationToken.None);
        int status = command.TryReap()!.Value.ExitStatus;
        if (status != 0)
        {
            return new SpawnResult(status, 0, 0);
        }

        int pid = int.Parse(await File.ReadAllTextAsync(pidFile), CultureInfo.InvariantCulture);
        ulong start = ProcessStat.Find(pid)?.StartTimeTicks ?? 0;
        _kept[id] = new KeptProcess(id, pid, start, Exit: null);
        _ = WatchAsync(id, ProcessHandle.Open(pid, start), pid);
        return new SpawnResult(status, pid, start);
    }

    private async Task WatchAsync(string id, ProcessHandle? process, int pid)
    {
        int status = 255;
        if (process is not null)
        {
            await process.WaitForExitAsync(_loop, CancellationToken.None);
            status = process.TryReap()?.ExitStatus ?? status;
            process.Dispose();
        }

        Exited?.Invoke(new ProcessExit(id, pid, status, TimeProvider.System.GetUtcNow()));
    }
}
