using System.Buffers;
using Crid.Core;

namespace Crid.Linux;

/// <summary>Runs programs with posix_spawn and waits for them on an <see cref="EventLoop"/>; no thread blocks meanwhile.</summary>
/// <param name="lease">What each program inherits; null for nothing.</param>
public sealed class ProgramRunner(EventLoop loop, TimeProvider time, ProgramLease? lease = null) : IProgramRunner
{
    /// <summary>How long a descendant that has inherited the output may hold it open after the program's end.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromMilliseconds(500);

    public async Task<ProgramResult> RunAsync(ProgramRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        using CancellationTokenSource timeout = new(request.Timeout, time);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        using RunningProgram program = RunningProgram.Start(request, loop, lease);
        using CancellationTokenSource drainStop = new();

        CappedBuffer output = new(request.OutputLimit);
        CappedBuffer errorOutput = new(request.OutputLimit);
        Task drained = Task.WhenAll(
            DrainAsync(program.Output, output, drainStop.Token),
            DrainAsync(program.ErrorOutput, errorOutput, drainStop.Token),
            FeedAsync(program, request.Input, drainStop.Token));
        int exitStatus = await WaitAsync(program, stop.Token);
        drainStop.CancelAfter(DrainTime);
        await drained;

        cancellationToken.ThrowIfCancellationRequested();
        return timeout.IsCancellationRequested
            ? throw new CridException(ErrorKind.DeadlineExceeded, $"run '{request.Path}': not finished after {request.Timeout.TotalSeconds:0.###} s")
            : new ProgramResult(exitStatus, output.ToArray(), errorOutput.ToArray());
    }

    /// <summary>Waits for the end, which a cancellation brings about; the child is always reaped.</summary>
    private async Task<int> WaitAsync(RunningProgram program, CancellationToken stop)
    {
        await using CancellationTokenRegistration registration = stop.UnsafeRegister(static state => ((RunningProgram)state!).Kill(), program);
        while (true)
        {
            await program.Handle.WaitForExitAsync(loop, CancellationToken.None);
            if (program.Handle.TryReap() is ProcessEnd end)
            {
                return end.ExitStatus;
            }
        }
    }

    private static async Task DrainAsync(DescriptorReader reader, CappedBuffer kept, CancellationToken stop)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(16 << 10);
        try
        {
            while (await reader.ReadAsync(buffer, stop) is int count and > 0)
            {
                kept.Append(buffer.AsSpan(0, count));
            }
        }
        catch (OperationCanceledException)
        {
            // A daemonised descendant holds the pipe; everything that the program itself wrote has been read.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task FeedAsync(RunningProgram program, ReadOnlyMemory<byte> input, CancellationToken stop)
    {
        if (program.Input is not DescriptorWriter writer)
        {
            return;
        }

        try
        {
            await writer.WriteAsync(input, stop);
        }
        catch (Exception e) when (e is LinuxException or OperationCanceledException)
        {
            // A program need not read its input: what it makes of that, its exit status says.
        }
        finally
        {
            writer.Dispose();
        }
    }
}
