using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Runtimes;

/// <summary>
/// Shows a client what a container writes from now on, and passes on what the client sends. The keeper never waits for a client: what a slow one
/// leaves no room for in its pipes is lost to it alone.
/// </summary>
internal sealed class StreamedAttach(IKeeper keeper, EventLoop loop, Microsoft.Extensions.Logging.ILogger logger)
{
    /// <summary>Returns when the container's output has ended; ends early when the token is cancelled, and the container runs on.</summary>
    public async Task ExecuteAsync(ContainerId id, bool terminal, bool stdinOnce, ProcessStreams streams, CancellationToken cancellationToken)
    {
        // Also for a client that only sends: the end of the output is how the end of the container shows.
        ProcessStreams outputs = streams with { Stdin = null, Stdout = streams.Stdout ?? Stream.Null };
        using StdioPipes pipes = new(loop, outputs);
        AttachRequest request = new()
        {
            Id = id.Value,
            Stdin = streams.Stdin is not null,
            Stdout = pipes.ProcessEnds.Stdout,
            Stderr = pipes.ProcessEnds.Stderr,
        };
        using SafeFileHandle? input = await keeper.AttachAsync(request, cancellationToken);
        pipes.CloseProcessEnds();

        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task sending = SendAsync(id, input, closes: stdinOnce && !terminal, streams, ended.Token);
        Task resizing = terminal && input is not null ? TerminalResize.FollowAsync(streams.Resizes, input, ended.Token) : Task.CompletedTask;
        await pipes.CopyOutputAsync(outputs, cancellationToken, cancellationToken);
        await ended.CancelAsync();
        await Task.WhenAll(sending, resizing);
    }

    private async Task SendAsync(ContainerId id, SafeFileHandle? input, bool closes, ProcessStreams streams, CancellationToken cancellationToken)
    {
        if (streams.Stdin is null)
        {
            return;
        }

        if (input is null)
        {
            await streams.Stdin.DisposeAsync();
            return;
        }

        using (DescriptorWriter writer = new(loop, Descriptor.Duplicate(input)))
        {
            await StdioPump.CopyInputAsync(streams.Stdin, writer, cancellationToken);
        }

        if (closes)
        {
            await CloseAsync(id, input);
        }
    }

    /// <summary>With stdin_once the input ends with the first client that sends, however that ends.</summary>
    private async Task CloseAsync(ContainerId id, SafeFileHandle input)
    {
        input.Dispose();
        try
        {
            await keeper.CloseStdinAsync(id.Value, CancellationToken.None);
        }
        catch (CridException exception)
        {
            RuntimesLog.StdinNotClosed(logger, id.Value, exception.Message);
        }
    }
}
