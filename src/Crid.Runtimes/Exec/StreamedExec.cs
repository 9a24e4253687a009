using Crid.Core;
using Crid.Linux;
using Crid.Oci;
using Microsoft.Win32.SafeHandles;

namespace Crid.Runtimes;

/// <summary>Runs a command in a container between pipes or on a terminal, and copies between these and its client until it has ended.</summary>
internal sealed class StreamedExec(ContainerExec execs, EventLoop loop)
{
    /// <summary>How long output is waited for that children of the command still hold open once the command itself has ended.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(30);

    /// <summary>Returns the exit status. A cancelled token means that the client is gone: the command is killed with all its descendants.</summary>
    public Task<int> ExecuteAsync(ContainerId id, Bundle bundle, OciProcess process, ProcessStreams streams, CancellationToken cancellationToken) =>
        process.Terminal
            ? RunOnTerminalAsync(id, bundle, process, streams, cancellationToken)
            : RunOnPipesAsync(id, bundle, process, streams, cancellationToken);

    private async Task<int> RunOnPipesAsync(
        ContainerId id, Bundle bundle, OciProcess process, ProcessStreams streams, CancellationToken cancellationToken)
    {
        using StdioPipes pipes = new(loop, streams);
        await using ExecProcess exec = await execs.StartAsync(id, bundle, process, pipes.TakeProcessEnds(), cancellationToken);
        return await ServeAsync(exec, pipes, streams, cancellationToken);
    }

    private async Task<int> RunOnTerminalAsync(
        ContainerId id, Bundle bundle, OciProcess process, ProcessStreams streams, CancellationToken cancellationToken)
    {
        string path = bundle.ExecConsolePath();
        using ConsoleSocket console = new(path);
        await using ExecProcess exec = await execs.StartAsync(
            id, bundle, process, new ExecStdio { ConsoleSocket = path }, cancellationToken);
        using SafeFileHandle? master = console.TryTakeMaster();
        if (master is null)
        {
            exec.Kill();
            throw CridException.FailedPrecondition($"execute in container '{id.Short}': the runtime sent no terminal");
        }

        using StdioPipes pipes = new(loop, streams, master);
        using CancellationTokenSource stop = new();
        Task resizing = TerminalResize.FollowAsync(streams.Resizes, master, stop.Token);
        try
        {
            return await ServeAsync(exec, pipes, streams, cancellationToken);
        }
        finally
        {
            await stop.CancelAsync();
            await resizing;
        }
    }

    private static async Task<int> ServeAsync(ExecProcess exec, StdioPipes pipes, ProcessStreams streams, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stopInput = new();
        using CancellationTokenSource drained = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task input = pipes.CopyInputAsync(streams, stopInput.Token);
        Task output = pipes.CopyOutputAsync(streams, drained.Token, cancellationToken);
        try
        {
            int status = await exec.WaitAsync(cancellationToken);
            await stopInput.CancelAsync();
            drained.CancelAfter(DrainTime);
            await output.WaitAsync(cancellationToken);
            return status;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            exec.Kill();
            throw;
        }
        finally
        {
            // The descriptors are closed next: nobody may be using them then.
            await stopInput.CancelAsync();
            await drained.CancelAsync();
            await Task.WhenAll(input, output);
        }
    }
}
