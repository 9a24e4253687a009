using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>Starts commands in containers: one call of the OCI runtime each, through the keeper, which becomes their parent.</summary>
internal sealed class ContainerExec(RuntimeProgram program, RuntimeServices services, KeptExits exits)
{
    /// <summary>
    /// Returns when the command runs; the caller disposes the result when it has ended. The descriptors are closed here, once the runtime has
    /// returned.
    /// </summary>
    /// <remarks>
    /// Nothing interrupts the runtime itself: only when it has returned is it known what has to be killed. A cancelled token ends the wait for it
    /// and leaves that to be done then.
    /// </remarks>
    /// <exception cref="CridException">
    /// InvalidArgument: there is no such command. NotFound: the container is being removed. FailedPrecondition: it could not be started.
    /// </exception>
    public async Task<ExecProcess> StartAsync(ContainerId id, Bundle bundle, OciProcess process, ExecStdio stdio, CancellationToken ending)
    {
        Task<ExecProcess> starting = RunAsync(id, bundle, process, stdio);
        try
        {
            return await starting.WaitAsync(ending);
        }
        catch (OperationCanceledException)
        {
            _ = EndAsync(id, starting);
            throw;
        }
    }

    /// <summary>Ends a command that nobody waits for any more, as soon as the runtime has started it.</summary>
    private async Task EndAsync(ContainerId id, Task<ExecProcess> starting)
    {
        try
        {
            await using ExecProcess exec = await starting;
            await exec.EndAsync();
        }
        catch (Exception exception)
        {
            RuntimesLog.LateExecFailed(services.Logger, exception, id.Value);
        }
    }

    private async Task<ExecProcess> RunAsync(ContainerId id, Bundle bundle, OciProcess process, ExecStdio stdio)
    {
        using ExecStdio ends = stdio;
        ExecProcess exec = new($"exec-{Guid.NewGuid():N}", services, exits);
        try
        {
            exec.Adopt(await SpawnAsync(id, exec.Id, bundle, process, stdio));
            return exec;
        }
        catch
        {
            await exec.DisposeAsync();
            throw;
        }
    }

    private async Task<SpawnResult> SpawnAsync(ContainerId id, string execId, Bundle bundle, OciProcess process, ExecStdio stdio)
    {
        string processFile = bundle.ExecPath(execId, "json");
        string pidFile = bundle.ExecPath(execId, "pid");
        string logFile = bundle.ExecPath(execId, "log");
        try
        {
            Bundle.WriteProcess(processFile, process);
            bundle.GivePipes(stdio.Stdin, stdio.Stdout, stdio.Stderr);
            if (process.SelinuxLabel is not null)
            {
                bundle.LabelPipes(stdio.Stdin, stdio.Stdout, stdio.Stderr);
            }

            ExecRequest request = new()
            {
                Id = execId,
                Command = program.Command(
                    logFile,
                    ["exec", "--detach", "--process", processFile, "--pid-file", pidFile, .. Console(stdio.ConsoleSocket), id.Value]),
                BundleDirectory = bundle.Directory,
                PidFile = pidFile,
                Stdin = stdio.Stdin,
                Stdout = stdio.Stdout,
                Stderr = stdio.Stderr,
                OomScoreAdjust = process.OomScoreAdj,
                Timeout = program.CallTimeout,
            };
            using MeasuredWork work = RuntimesMetrics.Begin(program.Name, "exec");
            SpawnResult spawned = await services.Keeper.ExecAsync(request, CancellationToken.None);
            if (spawned.RuntimeExitStatus == 0)
            {
                work.Succeed();
            }

            return spawned.RuntimeExitStatus == 0
                ? spawned
                : throw RuntimeErrors.ForCommand(
                    ErrorKind.FailedPrecondition,
                    $"execute in container '{id.Short}'",
                    process.Args[0],
                    RuntimeErrors.LastMessage(Bundle.ReadLog(logFile)),
                    spawned.RuntimeExitStatus);
        }
        catch (DirectoryNotFoundException exception)
        {
            throw new CridException(ErrorKind.NotFound, $"container '{id.Short}' has no bundle", exception);
        }
        finally
        {
            FileAt.EnsureFileRemoved(processFile);
            FileAt.EnsureFileRemoved(pidFile);
            FileAt.EnsureFileRemoved(logFile);
        }
    }

    private static string[] Console(string? socket) => socket is null ? [] : ["--console-socket", socket];
}
