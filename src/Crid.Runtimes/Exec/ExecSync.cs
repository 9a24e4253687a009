using Crid.Core;
using Crid.Linux;
using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>Runs a command in a container to its end and collects its output.</summary>
internal sealed class ExecSync(ContainerExec execs, EventLoop loop, TimeProvider time)
{
    /// <summary>How long children that hold the pipes open are waited for once the command itself has ended.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromMilliseconds(500);

    public async Task<ExecSyncResult> ExecuteAsync(
        ContainerId id, Bundle bundle, OciProcess process, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(timeout ?? Timeout.InfiniteTimeSpan, time);
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        using OutputPipe stdout = new(loop);
        using OutputPipe stderr = new(loop);
        try
        {
            stdout.StartReading();
            stderr.StartReading();
            await using ExecProcess exec = await execs.StartAsync(
                id, bundle, process, new ExecStdio { Stdout = stdout.TakeWriter(), Stderr = stderr.TakeWriter() }, ending.Token);
            int status = await exec.WaitAsync(ending.Token);
            await Task.WhenAll(stdout.FinishAsync(DrainTime, time), stderr.FinishAsync(DrainTime, time));
            return new ExecSyncResult(stdout.ToArray(), stderr.ToArray(), status);
        }
        catch (OperationCanceledException exception) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new CridException(
                ErrorKind.DeadlineExceeded,
                $"command '{process.Args[0]}' in container '{id.Short}' did not end within {timeout!.Value.TotalSeconds:0.###} s",
                exception);
        }
    }
}
