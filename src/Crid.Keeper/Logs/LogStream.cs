using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>One output of a container, from its FIFO or pty into the log file. An incomplete line is held until its end comes.</summary>
internal sealed class LogStream
{
    /// <summary>The longest piece that a container may ask for.</summary>
    internal const int MaxLineLimit = 64 << 10;

    private readonly Lock _lock = new();
    private readonly SafeFileHandle _source;
    private readonly LogFile? _file;
    private readonly AttachedClients _clients;
    private readonly TimeProvider _time;
    private readonly int _lineLimit;
    private LineFormatter _formatter;
    private byte[] _tail = [];
    private int _tailLength;
    private bool _closed;

    /// <param name="source">Non-blocking; owned by the stream from now on.</param>
    /// <param name="file">Null to log nothing.</param>
    /// <param name="clients">Get the output as it is.</param>
    internal LogStream(
        ReadOnlySpan<byte> name, SafeFileHandle source, LogFile? file, AttachedClients clients, int lineLimit, TimeProvider time)
    {
        _formatter = new LineFormatter(name);
        _source = source;
        _file = file;
        _clients = clients;
        _lineLimit = lineLimit is > 0 and <= MaxLineLimit ? lineLimit : MaxLineLimit;
        _time = time;
    }

    internal SafeFileHandle Source => _source;

    /// <summary>
    /// Reads and logs what is there, at most <paramref name="maxReads"/> buffers of it. False at the end of the stream, which the caller
    /// then closes.
    /// </summary>
    /// <param name="untilEmpty">A short read is no reason to stop; a pty gives no more than 4 KiB with one.</param>
    internal bool Pump(LogBuffers buffers, int maxReads, bool untilEmpty)
    {
        lock (_lock)
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
                    FlushTail(buffers);
                    return false;
                }

                _clients.Write(buffers.Input.AsSpan(_tailLength, count));
                if (_file is not null)
                {
                    Log(buffers, _tailLength + count);
                }

                // A short read has emptied the pipe; another one would only say so.
                if (!untilEmpty && count < LogBuffers.ReadSize / 2)
                {
                    return true;
                }
            }

            return !_closed;
        }
    }

    /// <summary>Logs an incomplete line as it is; what may follow continues it.</summary>
    internal void FlushTail(LogBuffers buffers)
    {
        lock (_lock)
        {
            if (_tailLength > 0)
            {
                _formatter.SetTime(_time.GetUtcNow());
                int written = _formatter.FormatRest(_tail.AsSpan(0, _tailLength), buffers.Output);
                _tailLength = 0;
                _file?.Append(buffers.Output.AsSpan(0, written));
            }
        }
    }

    /// <summary>Ends the stream; nobody may be given events of its source any more.</summary>
    internal void Close()
    {
        lock (_lock)
        {
            _closed = true;
            _source.Dispose();
        }
    }

    private void Log(LogBuffers buffers, int length)
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

            _file!.Append(buffers.Output.AsSpan(0, written));
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
