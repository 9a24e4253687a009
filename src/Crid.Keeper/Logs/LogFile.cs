using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>
/// A container's log file, appended to by both of its streams. A failing file, as on a full disk, never stops them: lines are dropped and
/// counted, and a line in the log says how many as soon as it can be written again. The same goes for one that a later keeper can't open.
/// </summary>
internal sealed class LogFile : IDisposable
{
    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly LostOutput[] _lost = new LostOutput[2];

    /// <summary>Null while it can't be opened; there is an error number then.</summary>
    private SafeFileHandle? _file;
    private ulong _inode;
    private int _errno;
    private bool _lineIsCut;
    private volatile bool _closed;

    private LogFile(string path, SafeFileHandle? file, TimeProvider time, ILogger logger)
    {
        _path = path;
        _time = time;
        _logger = logger;
        if (file is not null)
        {
            Use(file);
        }
    }

    internal static LogFile Open(string path, TimeProvider time, ILogger logger) => new(path, OpenPath(path), time, logger);

    /// <summary>For a container that runs and does not wait for its log: a file that can't be opened is tried again whenever there is output.</summary>
    internal static LogFile OpenOrLose(string path, TimeProvider time, ILogger logger)
    {
        LogFile log = new(path, file: null, time, logger);
        log.TryOpen();
        return log;
    }

    /// <summary>Goes on with what <see cref="HandOver"/> wrote.</summary>
    internal static LogFile? TakeOver(ref MessageReader reader, string? path, TimeProvider time, ILogger logger)
    {
        SafeFileHandle? file = Handover.TakeFile(ref reader);
        int errno = reader.ReadInt32();
        bool lineIsCut = reader.ReadBoolean();
        LostOutput stdout = new(reader.ReadInt64(), reader.ReadInt64());
        LostOutput stderr = new(reader.ReadInt64(), reader.ReadInt64());
        if (path is null || (file is null && errno == 0))
        {
            return null;
        }

        LogFile log = new(path, file, time, logger) { _errno = errno, _lineIsCut = lineIsCut };
        log._lost[(int)OutputKind.Stdout] = stdout;
        log._lost[(int)OutputKind.Stderr] = stderr;
        return log;
    }

    /// <summary>Writes what a later keeper needs to go on; nothing is written to the file afterwards. Null stands for no log.</summary>
    internal static void HandOver(LogFile? log, HandoverWriter writer)
    {
        writer.WriteFile(log?._file);
        writer.Values.WriteInt32(log?._errno ?? 0);
        writer.Values.WriteBoolean(log?._lineIsCut ?? false);
        for (int i = 0; i < 2; i++)
        {
            writer.Values.WriteInt64(log?._lost[i].Lines ?? 0);
            writer.Values.WriteInt64(log?._lost[i].Bytes ?? 0);
        }
    }

    /// <summary>
    /// Appends whole lines of one output with one write, which is noted in the spool that they come from. On return its first
    /// <paramref name="consumed"/> bytes are logged or counted as lost.
    /// </summary>
    internal void Append(OutputKind output, ReadOnlySpan<byte> lines, Spool spool, int consumed)
    {
        lock (_lock)
        {
            if (!_closed)
            {
                AppendLocked(output, lines, spool, consumed);
            }
        }

        spool.EndWrite(consumed);
        DisposeIfClosed();
    }

    private void AppendLocked(OutputKind output, ReadOnlySpan<byte> lines, Spool spool, int consumed)
    {
        if (!TryMend())
        {
            Lose(output, lines);
            return;
        }

        // Nobody else writes until the lock is released, so the length tells afterwards how far this write has come.
        spool.BeginWrite(_inode, Descriptor.FindLength(_file!), lines.Length, consumed);
        if (!TryWrite(lines, out int kept) || kept < lines.Length)
        {
            Lose(output, lines[kept..]);
        }
    }

    /// <summary>Says what was lost, if it can be written by now.</summary>
    internal void Mend()
    {
        lock (_lock)
        {
            if (!_closed)
            {
                TryMend();
            }
        }

        DisposeIfClosed();
    }

    /// <summary>Goes on in a file newly opened at the path; the old one stays in use where that fails.</summary>
    internal void Reopen()
    {
        SafeFileHandle file = OpenPath(_path);
        lock (_lock)
        {
            if (_closed)
            {
                file.Dispose();
                return;
            }

            _file?.Dispose();
            Use(file);
            _lineIsCut = false;
            TryMend();
        }

        DisposeIfClosed();
    }

    /// <summary>Closes it now, or when a write that the disk holds up returns.</summary>
    public void Dispose()
    {
        _closed = true;
        DisposeIfClosed();
    }

    /// <summary>Where the lock is held, its holder calls this afterwards.</summary>
    private void DisposeIfClosed()
    {
        if (_closed && _lock.TryEnter())
        {
            _file?.Dispose();
            _lock.Exit();
        }
    }

    /// <summary>Brings the file into order after failed writes; false where that fails as well.</summary>
    private bool TryMend()
    {
        if (_errno == 0)
        {
            return true;
        }

        if (_file is null && !TryOpen())
        {
            return false;
        }

        if (_lineIsCut)
        {
            if (Descriptor.TryWrite(_file!, "\n"u8, out int errno) != 1)
            {
                _errno = errno == 0 ? _errno : errno;
                return false;
            }

            _lineIsCut = false;
        }

        return TryTellLoss(OutputKind.Stdout) && TryTellLoss(OutputKind.Stderr) && Recover();
    }

    private bool Recover()
    {
        _errno = 0;
        KeeperLog.LogWritable(_logger, _path);
        return true;
    }

    private bool TryTellLoss(OutputKind output)
    {
        LostOutput lost = _lost[(int)output];
        if (lost.IsNone)
        {
            return true;
        }

        string stream = output == OutputKind.Stdout ? "stdout" : "stderr";
        string reason = Marshal.GetPInvokeErrorMessage(_errno);
        byte[] line = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"{_time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fffffff}00Z {stream} F [crid: {lost.Lines} lines ({lost.Bytes} bytes) are missing here: {reason}]\n"));
        if (!TryWrite(line, out int kept) || kept < line.Length)
        {
            return false;
        }

        _lost[(int)output] = default;
        return true;
    }

    /// <summary>
    /// Writes as many whole lines as the file takes; false where it took none. A line that was cut is taken back out of the file.
    /// </summary>
    private bool TryWrite(ReadOnlySpan<byte> lines, out int kept)
    {
        int written = 0;
        while (written < lines.Length)
        {
            int count = Descriptor.TryWrite(_file!, lines[written..], out int errno);
            if (count <= 0)
            {
                Complain("write", errno);
                break;
            }

            written += count;
        }

        kept = written == lines.Length ? written : lines[..written].LastIndexOf((byte)'\n') + 1;
        if (kept < written)
        {
            _lineIsCut = !Descriptor.TryCutEnd(_file!, written - kept);
        }

        return kept > 0;
    }

    private void Lose(OutputKind output, ReadOnlySpan<byte> lines)
    {
        int count = lines.Count((byte)'\n');
        LostOutput lost = _lost[(int)output];
        _lost[(int)output] = new LostOutput(lost.Lines + count, lost.Bytes + lines.Length - (count * LineFormatter.PrefixLength));
    }

    private void Complain(string call, int errno)
    {
        bool news = _errno == 0;
        _errno = errno == 0 ? Tmds.Linux.LibC.EIO : errno;
        if (news)
        {
            KeeperLog.LogWriteFailed(_logger, new LinuxException(call, _path, _errno), _path);
        }
    }

    private bool TryOpen()
    {
        try
        {
            Use(OpenPath(_path));
            return true;
        }
        catch (LinuxException e)
        {
            Complain("open", e.Errno);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Of the directory, which was to be made; .NET tells no number.
            Complain("open", Tmds.Linux.LibC.ENOENT);
        }

        return false;
    }

    private void Use(SafeFileHandle file)
    {
        _file = file;
        _inode = FileMetadata.GetStatus(file).Inode;
    }

    private static SafeFileHandle OpenPath(string path)
    {
        try
        {
            return Descriptor.OpenAppend(path);
        }
        catch (LinuxException e) when (e.Errno == Tmds.Linux.LibC.ENOENT && Path.GetDirectoryName(path) is string directory)
        {
            // Another container's log may have made it by now.
            Directory.CreateDirectory(directory);
            return Descriptor.OpenAppend(path);
        }
    }
}
