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
    private readonly HashSet<OutputKind> _opened = [];
    private readonly AttachedClients _stdoutClients;
    private readonly AttachedClients _stderrClients;
    private LogFile? _log;
    private SafeFileHandle? _stdinHolder;
    private SafeFileHandle? _stdoutReader;
    private SafeFileHandle? _stderrReader;
    private SafeFileHandle? _terminal;
    private TerminalPeer? _terminalPeer;

    /// <summary>Replaced, never changed: a thread of the logs may go through them.</summary>
    private ulong[] _streams = [];
    private DiscardedOutput? _discardedStdout;
    private DiscardedOutput? _discardedStderr;

    /// <summary>What is to be done once the log is open; null where it is or is not going to be.</summary>
    private List<Action>? _waiting;
    private volatile bool _abandoned;

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

    /// <summary>Makes the FIFOs.</summary>
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

    /// <summary>
    /// Makes the log of a container that has been created, beside the control thread because its disk may hang. One that could not be created gets
    /// none: kubelet counts a container's attempts by their logs.
    /// </summary>
    /// <param name="opened">Called on the control thread, with what went wrong if something did; not after <see cref="Abandon"/>.</param>
    internal void OpenLog(Action<Exception?> opened)
    {
        if (_settings.LogPath is not string path)
        {
            opened(null);
            return;
        }

        _services.Logs.Enqueue(_ =>
        {
            if (_abandoned)
            {
                return;
            }

            try
            {
                LogFile log = LogFile.Open(path, _services.Time, _services.Logger);
                _services.Loop.Post(() => OnOpened(log, null));
            }
            catch (Exception e) when (e is LinuxException or IOException or UnauthorizedAccessException)
            {
                _services.Loop.Post(() => OnOpened(null, e));
            }
        });

        void OnOpened(LogFile? log, Exception? failure)
        {
            if (_abandoned)
            {
                log?.Dispose();
            }
            else
            {
                _log = log;
                opened(failure);
            }
        }
    }

    /// <summary>Opens what an earlier keeper has left, and goes on logging as soon as the log is open.</summary>
    /// <param name="spools">What a killed keeper has left of this container's output.</param>
    internal void Resume(IReadOnlyList<string> spools)
    {
        OpenOwnEnds();
        OpenLogBeside(spools);
    }

    /// <summary>The same for a container that has ended: only what an earlier keeper did not come to read or to log is of interest.</summary>
    internal void ResumeAfterEnd(IReadOnlyList<string> spools)
    {
        if (_settings.HasOutputFifos && File.Exists(_settings.StdoutFifo) && File.Exists(_settings.StderrFifo))
        {
            _stdoutReader = Descriptor.OpenFifoReader(_settings.StdoutFifo);
            _stderrReader = Descriptor.OpenFifoReader(_settings.StderrFifo);
        }

        if (spools.Count > 0 || CountReadable(_stdoutReader) + CountReadable(_stderrReader) > 0 || HasRest(OutputKind.Stdout) || HasRest(OutputKind.Stderr))
        {
            OpenLogBeside(spools);
        }
    }

    /// <summary>Does something now, or when the log is open for which a disk is waited for; on the control thread.</summary>
    internal void WhenOpen(Action action)
    {
        if (_waiting is null)
        {
            action();
        }
        else
        {
            _waiting.Add(action);
        }
    }

    /// <summary>
    /// The container has ended. What was read of an output that is not open any more, as that of a terminal whose master is gone, waits for
    /// nothing now.
    /// </summary>
    internal void End()
    {
        _terminalPeer?.Dispose();
        foreach (OutputKind kind in (ReadOnlySpan<OutputKind>)[OutputKind.Stdout, OutputKind.Stderr])
        {
            if (!_opened.Contains(kind) && HasRest(kind))
            {
                PipeEnds ended = Descriptor.CreatePipe(nonBlockingReader: true);
                ended.Writer.Dispose();
                Add(kind, ended.Reader, ReadRest(kind));
            }
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
            byte[] rest = Handover.ReadBytes(ref reader);
            if (source is not null)
            {
                if (_settings.Terminal)
                {
                    AddTerminal(source, rest);
                }
                else
                {
                    Add(kind, source, rest);
                }
            }
        }
    }

    /// <summary>What the client should hold, for the case that this keeper dies; the descriptors stay this object's.</summary>
    internal void CollectHeld(HeldFiles held)
    {
        held.Add(HeldKind.Stdin, _stdinHolder);
        foreach (LogStream stream in Streams())
        {
            HeldKind kind = _settings.Terminal ? HeldKind.Terminal : stream.Kind == OutputKind.Stdout ? HeldKind.Stdout : HeldKind.Stderr;
            held.Add(kind, stream.Source);
        }

        if (_waiting is not null)
        {
            // They are not read yet.
            held.Add(HeldKind.Terminal, _terminal);
            held.Add(HeldKind.Stdout, _stdoutReader);
            held.Add(HeldKind.Stderr, _stderrReader);
        }
    }

    /// <summary>A terminal that has no master, as after a keeper was killed.</summary>
    internal bool LacksTerminal => _settings.Terminal && _terminal is null;

    /// <summary>
    /// Throws away what comes until <see cref="Begin"/>: it is the OCI runtime's, which has the container's stdio while it creates it. Its complaints
    /// are in its own log file, and the container's program runs only after a start.
    /// </summary>
    internal void DiscardUntilBegin()
    {
        if (_stdoutReader is SafeFileHandle stdout && _stderrReader is SafeFileHandle stderr)
        {
            _discardedStdout = new DiscardedOutput(_services.Loop, stdout);
            _discardedStderr = new DiscardedOutput(_services.Loop, stderr);
        }
    }

    /// <summary>Begins to log.</summary>
    internal void Begin()
    {
        StopDiscarding();
        if (_stdoutReader is SafeFileHandle stdout && _stderrReader is SafeFileHandle stderr)
        {
            DiscardedOutput.Empty(stdout);
            DiscardedOutput.Empty(stderr);
        }

        AddOutputs();
    }

    /// <summary>Takes over the pty's other side; all that a terminal shows is standard output.</summary>
    internal void AddTerminal(SafeFileHandle master)
    {
        Descriptor.SetNonBlocking(master);
        _terminal = master;
        WhenOpen(() => AddTerminal(master, ReadRest(OutputKind.Stdout)));
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

    /// <summary>It is going to be disposed: a log that is still being opened is not wanted any more.</summary>
    internal void Abandon()
    {
        Detach();
        StopDiscarding();
        _abandoned = true;
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
        _terminalPeer?.Dispose();
        _log?.Dispose();
        CloseStdin();
        _settings.RemoveFiles();
    }

    private void OpenOwnEnds()
    {
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

    /// <summary>
    /// A log whose disk hangs holds up a thread of the logs and this container alone. Until it is open nothing is read: it would have nowhere to go,
    /// and what a killed keeper has left comes first.
    /// </summary>
    private void OpenLogBeside(IReadOnlyList<string> spools)
    {
        if (_settings.LogPath is not string path)
        {
            SpoolDirectory.Remove(spools);
            AddOutputs();
            return;
        }

        _waiting = [];
        _services.Logs.Enqueue(_ =>
        {
            try
            {
                foreach (string spool in spools)
                {
                    _services.Spools.Settle(spool, path, _settings);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                KeeperLog.TakeOverOfOutputFailed(_services.Logger, e, _id);
            }

            LogFile log = LogFile.OpenOrLose(path, _services.Time, _services.Logger);
            _services.Loop.Post(() => GoOn(log));
        });
    }

    private void GoOn(LogFile log)
    {
        if (_abandoned)
        {
            log.Dispose();
        }
        else
        {
            _log = log;
            AddOutputs();
        }

        List<Action> waiting = _waiting!;
        _waiting = null;
        waiting.ForEach(static action => action());
    }

    private void AddOutputs()
    {
        if (_stdoutReader is SafeFileHandle stdout && _stderrReader is SafeFileHandle stderr)
        {
            _stdoutReader = null;
            _stderrReader = null;
            Add(OutputKind.Stdout, stdout, ReadRest(OutputKind.Stdout));
            Add(OutputKind.Stderr, stderr, ReadRest(OutputKind.Stderr));
        }
    }

    private void AddTerminal(SafeFileHandle master, byte[] rest)
    {
        _terminal = master;
        _terminalPeer = new TerminalPeer(master);
        Add(OutputKind.Stdout, master, rest, _terminalPeer);
    }

    private void StopDiscarding()
    {
        _discardedStdout?.Dispose();
        _discardedStderr?.Dispose();
        _discardedStdout = null;
        _discardedStderr = null;
    }

    private void Add(OutputKind kind, SafeFileHandle source, byte[] rest, TerminalPeer? peer = null)
    {
        if (_abandoned)
        {
            source.Dispose();
            return;
        }

        AttachedClients clients = kind == OutputKind.Stdout ? _stdoutClients : _stderrClients;
        Output output = new(_id, kind, _settings.MaxLineBytes, _settings.RestPath(kind));
        LogStream stream = new(output, source, _log, clients, _services.Time, _services.Logger) { Peer = peer };
        stream.TakeOverRest(rest);
        ulong token = _services.Logs.Add(stream, _id);
        _streams = [.. _streams, token];
        _opened.Add(kind);
        if (rest.Length > 0)
        {
            // There may be whole lines in it, and a silent container gives no occasion to log them.
            _services.Logs.Enqueue(buffers => _services.Logs.Drain(token, buffers));
        }
    }

    private byte[] ReadRest(OutputKind kind) => LineRest.Read(_settings.RestPath(kind));

    private bool HasRest(OutputKind kind) => ReadRest(kind).Length > 0;

    private static int CountReadable(SafeFileHandle? reader) => reader is null ? 0 : Descriptor.CountReadable(reader);

    /// <summary>Those that have not come to their ends.</summary>
    private IEnumerable<LogStream> Streams() => _streams.Select(_services.Logs.Find).OfType<LogStream>();

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
