using Crid.Linux;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>
/// One output of a container, from its FIFO or pty into the log file and to attached clients. An incomplete line is held until its end comes.
/// </summary>
internal sealed class LogStream
{
    /// <summary>What a pipe gets that was found full: so container and keeper need not take turns for every 64 KiB.</summary>
    private const int LargePipe = 256 << 10;

    private readonly Lock _lock = new();
    private readonly Output _output;
    private readonly SafeFileHandle _source;
    private readonly LogFile? _file;
    private readonly AttachedClients _clients;
    private readonly TimeProvider _time;
    private readonly LineRest _rest;
    private LineFormatter _formatter;
    private bool _restHoldsLines;
    private bool _pipeIsLarge;
    private volatile bool _closed;

    /// <param name="source">Non-blocking; owned by the stream from now on.</param>
    /// <param name="file">Null to log nothing.</param>
    /// <param name="clients">Get the output as it is.</param>
    internal LogStream(Output output, SafeFileHandle source, LogFile? file, AttachedClients clients, TimeProvider time, ILogger logger)
    {
        _output = output;
        _formatter = new LineFormatter(output.Kind);
        _rest = new LineRest(output.RestPath, logger);
        _source = source;
        _file = file;
        _clients = clients;
        _time = time;
    }

    internal OutputKind Kind => _output.Kind;

    /// <summary>Of a terminal; null for a FIFO.</summary>
    internal TerminalPeer? Peer { get; init; }

    internal SafeFileHandle Source => _source;

    /// <summary>Writes what a later keeper needs to go on; nothing is pumped afterwards.</summary>
    internal void HandOver(HandoverWriter writer)
    {
        writer.Values.WriteByte((byte)Kind);
        writer.WriteFile(_source);
        writer.WriteBytes(_rest.Content);
    }

    /// <summary>Goes on with what an earlier keeper has read: an incomplete line or, where it was killed, what it did not come to log.</summary>
    internal void TakeOverRest(ReadOnlySpan<byte> rest)
    {
        _rest.Store(rest);
        _restHoldsLines = !rest.IsEmpty;
    }

    /// <summary>
    /// Reads and logs what is there, at most <paramref name="maxReads"/> buffers of it. False at the end of the stream, which the caller
    /// then closes.
    /// </summary>
    /// <param name="untilEmpty">A short read is no reason to stop; a pty gives no more than 4 KiB with one.</param>
    internal bool Pump(LogBuffers buffers, int maxReads, bool untilEmpty)
    {
        bool more;
        lock (_lock)
        {
            more = PumpLocked(buffers, maxReads, untilEmpty);
        }

        DisposeIfClosed();
        return more;
    }

    /// <summary>The same to the end, unless somebody else pumps and does not get on; false at the end of the stream.</summary>
    internal bool Drain(LogBuffers buffers, int maxReads, int patienceMilliseconds)
    {
        if (!_lock.TryEnter(patienceMilliseconds))
        {
            return true;
        }

        bool more;
        try
        {
            more = PumpLocked(buffers, maxReads, untilEmpty: true);
        }
        finally
        {
            _lock.Exit();
        }

        DisposeIfClosed();
        return more;
    }

    /// <summary>Logs an incomplete line as it is; what may follow continues it.</summary>
    internal void FlushRest(LogBuffers buffers)
    {
        lock (_lock)
        {
            Begin(buffers);
            FlushRestLocked(buffers);
            End(buffers);
        }
    }

    /// <summary>Ends the stream, now or when a write that the disk holds up returns. Nobody may be given events of its source any more.</summary>
    internal void Close()
    {
        _closed = true;
        DisposeIfClosed();
    }

    /// <summary>Where the lock is held, its holder calls this afterwards.</summary>
    private void DisposeIfClosed()
    {
        if (_closed && _lock.TryEnter())
        {
            _source.Dispose();
            _rest.Dispose();
            _lock.Exit();
        }
    }

    private bool PumpLocked(LogBuffers buffers, int maxReads, bool untilEmpty)
    {
        Begin(buffers);
        try
        {
            return PumpThrough(buffers, maxReads, untilEmpty);
        }
        finally
        {
            End(buffers);
        }
    }

    private void Begin(LogBuffers buffers)
    {
        buffers.Spool.Begin(_output, _rest.Content);
        if (_restHoldsLines)
        {
            _restHoldsLines = false;
            Log(buffers);
        }
    }

    private void End(LogBuffers buffers)
    {
        if (!_closed)
        {
            _rest.Store(buffers.Spool.Content);
        }

        buffers.Spool.End();
    }

    private bool PumpThrough(LogBuffers buffers, int maxReads, bool untilEmpty)
    {
        for (int i = 0; i < maxReads && !_closed; i++)
        {
            int count = Read(buffers.Spool);
            if (count == Descriptor.WouldBlock)
            {
                return true;
            }

            if (count == 0 && Peer?.TryRenew() == true)
            {
                return true;
            }

            if (count == 0)
            {
                FlushRestLocked(buffers);
                return false;
            }

            _clients.Write(buffers.Spool.Content[^count..]);
            Log(buffers);

            // A short read has emptied the pipe; another one would only say so.
            if (!untilEmpty && count < Spool.ReadSize / 2)
            {
                return true;
            }

            EnlargePipe(count);
        }

        return !_closed;
    }

    /// <summary>Reads what is there; where that is nothing one byte, for which there is room should it come now.</summary>
    private int Read(Spool spool)
    {
        Span<byte> place = spool.BeginRead(Math.Clamp(Descriptor.CountReadable(_source), 1, Spool.ReadSize));
        int count = Descriptor.TryRead(_source, place);
        spool.EndRead(Math.Max(count, 0));
        return count;
    }

    private void FlushRestLocked(LogBuffers buffers)
    {
        ReadOnlySpan<byte> rest = buffers.Spool.Content;
        if (_file is not null && !rest.IsEmpty)
        {
            _formatter.SetTime(_time.GetUtcNow());
            int written = _formatter.FormatRest(rest, buffers.Lines);
            _file.Append(Kind, buffers.Lines.AsSpan(0, written), buffers.Spool, rest.Length);
        }
    }

    private void EnlargePipe(int count)
    {
        if (!_pipeIsLarge && count == Spool.ReadSize)
        {
            _pipeIsLarge = true;
            Descriptor.TrySetPipeSize(_source, LargePipe);
        }
    }

    /// <summary>Logs the lines in the spool; an incomplete one stays there.</summary>
    private void Log(LogBuffers buffers)
    {
        if (_file is null)
        {
            buffers.Spool.EndWrite(buffers.Spool.Content.Length);
            return;
        }

        _formatter.SetTime(_time.GetUtcNow());
        while (true)
        {
            int written = _formatter.Format(buffers.Spool.Content, buffers.Lines, _output.LineLimit, out int consumed);
            if (written == 0)
            {
                return;
            }

            _file.Append(Kind, buffers.Lines.AsSpan(0, written), buffers.Spool, consumed);
        }
    }
}
