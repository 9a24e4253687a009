using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>
/// Runs a command in a container and collects its output: one call of the OCI runtime, pipes of our own, and the keeper's word for how it
/// ended.
/// </summary>
internal sealed class ExecSync(RuntimeProgram program, RuntimeServices services, KeptExits exits)
{
    /// <summary>How long children that hold the pipes open are waited for once the command itself has ended.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromMilliseconds(500);

    /// <summary>How long the keeper may need to tell an exit that the kernel has told already.</summary>
    private static readonly TimeSpan ReportTime = TimeSpan.FromSeconds(5);

    public async Task<ExecSyncResult> ExecuteAsync(
        ContainerId id, Bundle bundle, OciProcess process, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        string execId = $"exec-{Guid.NewGuid():N}";
        using CancellationTokenSource deadline = new(timeout ?? Timeout.InfiniteTimeSpan, services.Time);
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        using OutputPipe stdout = new(services.EventLoop);
        using OutputPipe stderr = new(services.EventLoop);
        Task<ProcessExit> reported = exits.Wait(execId);
        try
        {
            SpawnResult spawned = await SpawnAsync(id, execId, bundle, process, stdout, stderr);
            int status = await WaitAsync(spawned, reported, ending.Token);
            await Task.WhenAll(stdout.FinishAsync(DrainTime, services.Time), stderr.FinishAsync(DrainTime, services.Time));
            return new ExecSyncResult(stdout.ToArray(), stderr.ToArray(), status);
        }
        catch (OperationCanceledException exception) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new CridException(
                ErrorKind.DeadlineExceeded,
                $"command '{process.Args[0]}' in container '{id.Short}' did not end within {timeout!.Value.TotalSeconds:0.###} s",
                exception);
        }
        finally
        {
            exits.StopWaiting(execId);
            await ForgetAsync(execId);
        }
    }

    // Neither the deadline nor the caller interrupts the runtime itself: it ends soon, and only then is it known what has to be killed.
    private async Task<SpawnResult> SpawnAsync(
        ContainerId id, string execId, Bundle bundle, OciProcess process, OutputPipe stdout, OutputPipe stderr)
    {
        string processFile = bundle.ExecPath(execId, "json");
        string pidFile = bundle.ExecPath(execId, "pid");
        string logFile = bundle.ExecPath(execId, "log");
        try
        {
            Bundle.WriteProcess(processFile, process);
            stdout.StartReading();
            stderr.StartReading();
            ExecRequest request = new()
            {
                Id = execId,
                Command = program.Command(logFile, "exec", "--detach", "--process", processFile, "--pid-file", pidFile, id.Value),
                BundleDirectory = bundle.Directory,
                PidFile = pidFile,
                Stdout = stdout.Writer,
                Stderr = stderr.Writer,
                OomScoreAdjust = process.OomScoreAdj,
            };
            SpawnResult spawned = await services.Keeper.ExecAsync(request, CancellationToken.None);
            return spawned.RuntimeExitStatus == 0
                ? spawned
                : throw RuntimeErrors.ForCommand(
                    ErrorKind.FailedPrecondition,
                    $"execute in container '{id.Short}'",
                    process.Args[0],
                    RuntimeErrors.LastMessage(Bundle.ReadLog(logFile)),
                    spawned.RuntimeExitStatus);
        }
        finally
        {
            stdout.Writer.Dispose();
            stderr.Writer.Dispose();
            File.Delete(processFile);
            File.Delete(pidFile);
            File.Delete(logFile);
        }
    }

    private async Task<int> WaitAsync(SpawnResult spawned, Task<ProcessExit> reported, CancellationToken ending)
    {
        using ProcessHandle? handle = ProcessHandle.Open(spawned.Pid, spawned.StartTimeTicks);
        try
        {
            Task ended = handle?.WaitForExitAsync(services.EventLoop, ending) ?? Task.CompletedTask;
            if (await Task.WhenAny(reported, ended) == ended)
            {
                await ended;
                await Task.WhenAny(reported, Task.Delay(ReportTime, services.Time, ending));
            }

            // A keeper that died knows nothing of the process; newer kernels tell the status by the handle.
            return reported.IsCompletedSuccessfully ? (await reported).ExitStatus : handle?.FindExitStatus() ?? ProcessExitStatus.Unknown;
        }
        catch (OperationCanceledException)
        {
            ProcessTree.Kill(spawned.Pid, spawned.StartTimeTicks);
            await Task.WhenAny(reported, Task.Delay(ReportTime, services.Time, CancellationToken.None));
            throw;
        }
    }

    private async Task ForgetAsync(string execId)
    {
        try
        {
            await services.Keeper.ForgetAsync(execId, CancellationToken.None);
        }
        catch (CridException exception)
        {
            RuntimesLog.ForgetFailed(services.Logger, exception, execId);
        }
    }
}
