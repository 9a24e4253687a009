using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>
/// The stdio of one container. Its output is FIFOs of which the container's own descriptors are opened both ways: so it gets no SIGPIPE
/// while no keeper reads, and a new keeper reopens them by path. What concerns the log may wait for a disk, attaching and the standard input don't.
/// </summary>
internal sealed class ContainerIo : IDisposable
{
    private readonly string _id;
    private readonly IoSettings _settings;
    private readonly KeeperServices _services;
    private readonly List<ulong> _streams = [];
    private readonly AttachedClients _stdoutClients;
    private readonly AttachedClients _stderrClients;
    private LogFile? _log;
    private SafeFileHandle? _stdinHolder;
    private SafeFileHandle? _stdoutReader;
    private SafeFileHandle? _stderrReader;
    private SafeFileHandle? _terminal;

    internal ContainerIo(string id, IoSettings settings, KeeperServices services)
    {
        _stdoutClients = new AttachedClients(services.Loop);
        _stderrClients = new AttachedClients(services.Loop);
        _id = id;
        _settings = settings;
        _services = services;
    }

    /// <summary>The descriptors for the container, which the caller disposes once they are passed on; null for /dev/null.</summary>
    internal SafeFileHandle? ContainerStdin { get; private set; }

    internal SafeFileHandle? ContainerStdout { get; private set; }

    internal SafeFileHandle? ContainerStderr { get; private set; }

    /// <summary>Makes FIFOs and log file; nothing is logged before <see cref="Begin"/>.</summary>
    internal void Open()
    {
        if (_settings.HasStdinFifo)
        {
            Descriptor.EnsureFifo(_settings.StdinFifo);
        }

        if (_settings.HasOutputFifos)
        {
            Descriptor.EnsureFifo(_settings.StdoutFifo);
            Descriptor.EnsureFifo(_settings.StderrFifo);
        }

        OpenOwnEnds();
        if (_settings.HasOutputFifos)
        {
            ContainerStdout = Descriptor.OpenFifoBothWays(_settings.StdoutFifo);
            ContainerStderr = Descriptor.OpenFifoBothWays(_settings.StderrFifo);
        }

        if (_settings.HasStdinFifo)
        {
            // Opened both ways a read never meets the end, whoever comes and goes; with stdin-once the end has to be seen.
            ContainerStdin = _settings.StdinOnce
                ? Descriptor.OpenFifoBlockingReader(_settings.StdinFifo)
                : Descriptor.OpenFifoBothWays(_settings.StdinFifo);
        }
    }

    /// <summary>Opens what an earlier keeper has left and goes on logging.</summary>
    internal void Resume()
    {
        OpenOwnEnds();
        AddOutputs();
    }

    /// <summary>
    /// The same for a container that has ended: only what an earlier keeper did not come to read is of interest, and somebody has kept that.
    /// </summary>
    internal void ResumeAfterEnd()
    {
        if (!_settings.HasOutputFifos || !File.Exists(_settings.StdoutFifo) || !File.Exists(_settings.StderrFifo))
        {
            return;
        }

        _stdoutReader = Descriptor.OpenFifoReader(_settings.StdoutFifo);
        _stderrReader = Descriptor.OpenFifoReader(_settings.StderrFifo);
        if (Descriptor.CountReadable(_stdoutReader) + Descriptor.CountReadable(_stderrReader) > 0)
        {
            _log = OpenLog();
            AddOutputs();
        }
    }

    /// <summary>Writes what a later keeper needs to go on; nothing is pumped afterwards.</summary>
    internal void HandOver(HandoverWriter writer)
    {
        _stdoutClients.HandOver(writer);
        _stderrClients.HandOver(writer);
        LogFile.HandOver(_log, writer);
        writer.WriteFile(_stdinHolder);
        List<LogStream> streams = [.. Streams()];
        writer.Values.WriteInt32(streams.Count);
        foreach (LogStream stream in streams)
        {
            stream.HandOver(writer);
        }

    }

    /// <summary>Goes on with what <see cref="HandOver"/> wrote.</summary>
    internal void TakeOver(ref MessageReader reader)
    {
        // First, so that they miss nothing of what is pumped from here on.
        _stdoutClients.TakeOver(ref reader);
        _stderrClients.TakeOver(ref reader);
        _log = LogFile.TakeOver(ref reader, _settings.LogPath, _services.Time, _services.Logger);
        _stdinHolder = Handover.TakeFile(ref reader);
        int count = reader.ReadCount(minimumBytesEach: sizeof(byte) + (2 * sizeof(int)));
        for (int i = 0; i < count; i++)
        {
            OutputKind kind = (OutputKind)reader.ReadByte();
            SafeFileHandle? source = Handover.TakeFile(ref reader);
            byte[] tail = Handover.ReadBytes(ref reader);
            if (source is not null)
            {
                _terminal = _settings.Terminal ? source : null;
                Add(kind, source, tail);
            }
        }
    }

    /// <summary>What the client should hold, for the case that this keeper dies; the descriptors stay this object's.</summary>
    internal void CollectHeld(List<HeldFile> held)
    {
        if (_stdinHolder is not null)
        {
            held.Add(new HeldFile(HeldKind.Stdin, _stdinHolder));
        }

        foreach (LogStream stream in Streams())
        {
            HeldKind kind = _settings.Terminal ? HeldKind.Terminal : stream.Kind == OutputKind.Stdout ? HeldKind.Stdout : HeldKind.Stderr;
            held.Add(new HeldFile(kind, stream.Source));
        }
    }

    /// <summary>A terminal that has no master, as after a keeper was killed.</summary>
    internal bool LacksTerminal => _settings.Terminal && _terminal is null;

    /// <summary>
    /// Begins to log. What was written until now came from the OCI runtime, which has the container's stdio while it creates it: its
    /// complaints are in its own log file, and the container's program runs only after a start.
    /// </summary>
    internal void Begin()
    {
        Discard(_stdoutReader);
        Discard(_stderrReader);
        AddOutputs();
    }

    /// <summary>Takes over the pty's other side; all that a terminal shows is standard output.</summary>
    internal void AddTerminal(SafeFileHandle master)
    {
        Descriptor.SetNonBlocking(master);
        _terminal = master;
        Add(OutputKind.Stdout, master, tail: []);
    }

    /// <summary>
    /// Takes over a client's pipes and returns where it writes to, for the caller to pass on: null where that is not wanted or not there.
    /// </summary>
    internal SafeFileHandle? Attach(AttachRequest request)
    {
        if (!_settings.Terminal && !_settings.HasOutputFifos)
        {
            throw CridException.FailedPrecondition($"the output of '{_id}' goes nowhere");
        }

        _stdoutClients.ThrowIfFull();
        _stderrClients.ThrowIfFull();
        SafeFileHandle? input = OpenInput(request.Stdin);
        try
        {
            _stdoutClients.Add(request.Stdout);
            _stderrClients.Add(request.Stderr);
            return input;
        }
        catch
        {
            _stdoutClients.Remove(request.Stdout);
            input?.Dispose();
            throw;
        }
    }

    /// <summary>Ends the output of all clients.</summary>
    internal void Detach()
    {
        _stdoutClients.CloseAll();
        _stderrClients.CloseAll();
    }

    /// <summary>The container reads the end of its standard input when nobody has it open any more.</summary>
    internal void CloseStdin()
    {
        _stdinHolder?.Dispose();
        _stdinHolder = null;
    }

    internal void CloseContainerEnds()
    {
        ContainerStdin?.Dispose();
        ContainerStdout?.Dispose();
        ContainerStderr?.Dispose();
    }

    /// <summary>Logs what the container had written when this was called.</summary>
    internal void Drain(LogBuffers buffers)
    {
        foreach (ulong stream in _streams)
        {
            _services.Logs.Drain(stream, buffers);
        }

        _log?.Mend();
    }

    internal void ReopenLog() => _log?.Reopen();

    /// <summary>Closes everything and removes the FIFOs.</summary>
    public void Dispose()
    {
        CloseContainerEnds();
        foreach (ulong stream in _streams)
        {
            _services.Logs.Remove(stream);
        }

        _stdoutReader?.Dispose();
        _stderrReader?.Dispose();
        _log?.Dispose();
        CloseStdin();
        RemoveFifos(_settings);
    }

    internal static void RemoveFifos(IoSettings settings)
    {
        if (Directory.Exists(settings.Directory))
        {
            File.Delete(settings.StdinFifo);
            File.Delete(settings.StdoutFifo);
            File.Delete(settings.StderrFifo);
        }
    }

    private void OpenOwnEnds()
    {
        _log = OpenLog();
        if (_settings.HasStdinFifo && !_settings.StdinClosed)
        {
            _stdinHolder = Descriptor.OpenFifoBothWays(_settings.StdinFifo);
        }

        if (_settings.HasOutputFifos)
        {
            _stdoutReader = Descriptor.OpenFifoReader(_settings.StdoutFifo);
            _stderrReader = Descriptor.OpenFifoReader(_settings.StderrFifo);
        }
    }

    private void AddOutputs()
    {
        if (_stdoutReader is SafeFileHandle stdout && _stderrReader is SafeFileHandle stderr)
        {
            _stdoutReader = null;
            _stderrReader = null;
            Add(OutputKind.Stdout, stdout, tail: []);
            Add(OutputKind.Stderr, stderr, tail: []);
        }
    }

    /// <summary>Empties a FIFO, as far as a full pipe goes.</summary>
    private static void Discard(SafeFileHandle? reader)
    {
        const int PipeCapacity = 64 << 10;
        Span<byte> buffer = stackalloc byte[4 << 10];
        int total = 0;
        while (reader is not null && total < PipeCapacity && Descriptor.TryRead(reader, buffer) is int count and > 0)
        {
            total += count;
        }
    }

    private void Add(OutputKind kind, SafeFileHandle source, ReadOnlySpan<byte> tail)
    {
        AttachedClients clients = kind == OutputKind.Stdout ? _stdoutClients : _stderrClients;
        LogStream stream = new(kind, source, _log, clients, _settings.MaxLineBytes, _services.Time);
        stream.TakeOverTail(tail);
        _streams.Add(_services.Logs.Add(stream, _id));
    }

    /// <summary>Those that have not come to their ends.</summary>
    private IEnumerable<LogStream> Streams() => _streams.Select(_services.Logs.Find).OfType<LogStream>();

    private LogFile? OpenLog() => _settings.LogPath is null ? null : LogFile.Open(_settings.LogPath, _services.Time, _services.Logger);

    private SafeFileHandle? OpenInput(bool wanted)
    {
        if (_settings.Terminal)
        {
            // Closed where the other side is.
            return _terminal is { IsClosed: false } master ? Descriptor.Duplicate(master) : null;
        }

        return wanted && _stdinHolder is not null ? Descriptor.OpenFifoWriter(_settings.StdinFifo) : null;
    }
}
