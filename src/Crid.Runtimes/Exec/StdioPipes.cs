using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Runtimes;

/// <summary>The pipes of a streamed process, one for each stream that its client wants; or the master of its terminal for both directions.</summary>
internal sealed class StdioPipes : IDisposable
{
    private DescriptorWriter? _stdin;
    private readonly DescriptorReader? _stdout;
    private readonly DescriptorReader? _stderr;

    /// <summary>Makes pipes.</summary>
    public StdioPipes(EventLoop loop, ProcessStreams streams)
    {
        try
        {
            ProcessEnds = new ExecStdio
            {
                Stdin = streams.Stdin is null ? null : MakeInput(loop),
                Stdout = streams.Stdout is null ? null : MakeOutput(loop, out _stdout),
                Stderr = streams.Stderr is null ? null : MakeOutput(loop, out _stderr),
            };
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Uses a terminal; the handle stays the caller's.</summary>
    public StdioPipes(EventLoop loop, ProcessStreams streams, SafeFileHandle master)
    {
        _stdin = streams.Stdin is null ? null : new DescriptorWriter(loop, Descriptor.Duplicate(master));
        _stdout = new DescriptorReader(loop, Descriptor.Duplicate(master));
    }

    /// <summary>The ends for the process; none with a terminal.</summary>
    public ExecStdio ProcessEnds { get; private set; } = new();

    /// <summary>The ends for the process, which are the caller's from now on. As long as they are open here too, no stream has an end.</summary>
    public ExecStdio TakeProcessEnds()
    {
        ExecStdio ends = ProcessEnds;
        ProcessEnds = new ExecStdio();
        return ends;
    }

    /// <summary>As long as the process's ends are open here too, no stream has an end.</summary>
    public void CloseProcessEnds() => ProcessEnds.Dispose();

    /// <summary>Copies the client's input and, unless it is a terminal's, ends the process's input with it.</summary>
    public async Task CopyInputAsync(ProcessStreams streams, CancellationToken cancellationToken)
    {
        if (_stdin is { } stdin && streams.Stdin is { } client)
        {
            await StdioPump.CopyInputAsync(client, stdin, cancellationToken);
            stdin.Dispose();
        }
    }

    /// <inheritdoc cref="StdioPump.CopyOutputAsync"/>
    public Task CopyOutputAsync(ProcessStreams streams, CancellationToken drained, CancellationToken cancellationToken) =>
        Task.WhenAll(
            CopyAsync(_stdout, streams.Stdout ?? Stream.Null, drained, cancellationToken),
            CopyAsync(_stderr, streams.Stderr ?? Stream.Null, drained, cancellationToken));

    public void Dispose()
    {
        CloseProcessEnds();
        _stdin?.Dispose();
        _stdout?.Dispose();
        _stderr?.Dispose();
    }

    private static async Task CopyAsync(DescriptorReader? from, Stream to, CancellationToken drained, CancellationToken cancellationToken)
    {
        if (from is not null)
        {
            await StdioPump.CopyOutputAsync(from, to, drained, cancellationToken);

            // Where the client takes no more the process learns it, as in a shell's pipeline.
            from.Dispose();
        }
    }

    private SafeFileHandle MakeInput(EventLoop loop)
    {
        PipeEnds pipe = Descriptor.CreatePipe();
        Descriptor.EnlargePipe(pipe.Writer, StdioPump.PipeBytes);
        _stdin = new DescriptorWriter(loop, pipe.Writer);
        return pipe.Reader;
    }

    private static SafeFileHandle MakeOutput(EventLoop loop, out DescriptorReader reader)
    {
        PipeEnds pipe = Descriptor.CreatePipe();
        Descriptor.EnlargePipe(pipe.Reader, StdioPump.PipeBytes);
        reader = new DescriptorReader(loop, pipe.Reader);
        return pipe.Writer;
    }
}
