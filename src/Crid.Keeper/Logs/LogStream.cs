using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>
/// One output of a container, from its FIFO or pty into the log file and to attached clients. An incomplete line is held until its end comes.
/// </summary>
internal sealed class LogStream
{
    /// <summary>The longest piece that a container may ask for.</summary>
    internal const int MaxLineLimit = 64 << 10;

    /// <summary>What a pipe gets that was found full: so container and keeper need not take turns for every 64 KiB.</summary>
    private const int LargePipe = 256 << 10;

    private readonly Lock _lock = new();
    private readonly OutputKind _kind;
    private readonly SafeFileHandle _source;
    private readonly LogFile? _file;
    private readonly AttachedClients _clients;
    private readonly TimeProvider _time;
    private readonly int _lineLimit;
    private LineFormatter _formatter;
    private byte[] _tail = [];
    private int _tailLength;
    private bool _pipeIsLarge;
    private volatile bool _closed;

    /// <param name="source">Non-blocking; owned by the stream from now on.</param>
    /// <param name="file">Null to log nothing.</param>
    /// <param name="clients">Get the output as it is.</param>
    internal LogStream(OutputKind kind, SafeFileHandle source, LogFile? file, AttachedClients clients, int lineLimit, TimeProvider time)
    {
        _kind = kind;
        _formatter = new LineFormatter(kind == OutputKind.Stdout ? "stdout"u8 : "stderr"u8);
        _source = source;
        _file = file;
        _clients = clients;
        _lineLimit = lineLimit is > 0 and <= MaxLineLimit ? lineLimit : MaxLineLimit;
        _time = time;
    }

    internal OutputKind Kind => _kind;

    internal SafeFileHandle Source => _source;

    /// <summary>Writes what a later keeper needs to go on; nothing is pumped afterwards.</summary>
    internal void HandOver(HandoverWriter writer)
    {
        writer.Values.WriteByte((byte)_kind);
        writer.WriteFile(_source);
        writer.WriteBytes(_tail.AsSpan(0, _tailLength));
    }

    /// <summary>Goes on with an incomplete line that an earlier keeper has read.</summary>
    internal void TakeOverTail(ReadOnlySpan<byte> tail) => KeepTail(tail);

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
    internal void FlushTail(LogBuffers buffers)
    {
        lock (_lock)
        {
            FlushTailLocked(buffers);
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
            _lock.Exit();
        }
    }

    private bool PumpLocked(LogBuffers buffers, int maxReads, bool untilEmpty)
    {
        for (int i = 0; i < maxReads && !_closed; i++)
        {
            _tail.AsSpan(0, _tailLength).CopyTo(buffers.Input);
            int count = Descriptor.TryRead(_source, buffers.Input.AsSpan(_tailLength, LogBuffers.ReadSize));
            if (count == Descriptor.WouldBlock)
            {
                return true;
            }

            if (count == 0)
            {
                FlushTailLocked(buffers);
                return false;
            }

            _clients.Write(buffers.Input.AsSpan(_tailLength, count));
            if (_file is not null)
            {
                Log(_file, buffers, _tailLength + count);
            }

            // A short read has emptied the pipe; another one would only say so.
            if (!untilEmpty && count < LogBuffers.ReadSize / 2)
            {
                return true;
            }

            EnlargePipe(count);
        }

        return !_closed;
    }

    private void FlushTailLocked(LogBuffers buffers)
    {
        if (_tailLength > 0)
        {
            _formatter.SetTime(_time.GetUtcNow());
            int written = _formatter.FormatRest(_tail.AsSpan(0, _tailLength), buffers.Output);
            _tailLength = 0;
            _file?.Append(_kind, buffers.Output.AsSpan(0, written));
        }
    }

    private void EnlargePipe(int count)
    {
        if (!_pipeIsLarge && count == LogBuffers.ReadSize)
        {
            _pipeIsLarge = true;
            Descriptor.TrySetPipeSize(_source, LargePipe);
        }
    }

    private void Log(LogFile file, LogBuffers buffers, int length)
    {
        ReadOnlySpan<byte> input = buffers.Input.AsSpan(0, length);
        _formatter.SetTime(_time.GetUtcNow());
        while (true)
        {
            int written = _formatter.Format(input, buffers.Output, _lineLimit, out int consumed);
            if (written == 0)
            {
                break;
            }

            file.Append(_kind, buffers.Output.AsSpan(0, written));
            input = input[consumed..];
        }

        KeepTail(input);
    }

    /// <summary>Keeps an incomplete line, in memory no larger than needed: most containers never have one.</summary>
    private void KeepTail(ReadOnlySpan<byte> rest)
    {
        if (rest.Length > _tail.Length)
        {
            _tail = new byte[Math.Min(MaxLineLimit, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)rest.Length))];
        }

        rest.CopyTo(_tail);
        _tailLength = rest.Length;
    }
}
