using Crid.Linux;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper;

/// <summary>A container's log file, appended to by both of its streams. A failing file never stops them: lines are dropped and it is said once.</summary>
internal sealed class LogFile : IDisposable
{
    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly ILogger _logger;
    private SafeFileHandle _file;
    private bool _failing;
    private bool _lineIsCut;

    private LogFile(string path, SafeFileHandle file, ILogger logger)
    {
        _path = path;
        _file = file;
        _logger = logger;
    }

    internal static LogFile Open(string path, ILogger logger) => new(path, OpenPath(path), logger);

    /// <summary>Appends whole lines with one write.</summary>
    internal void Append(ReadOnlySpan<byte> lines)
    {
        lock (_lock)
        {
            // A write that was cut short, as by a full disk, has left a line without its end.
            if (_lineIsCut && !WriteAll("\n"u8))
            {
                return;
            }

            _lineIsCut = false;
            _failing = !WriteAll(lines);
        }
    }

    /// <summary>Goes on in a file newly opened at the path; the old one stays in use where that fails.</summary>
    internal void Reopen()
    {
        SafeFileHandle file = OpenPath(_path);
        lock (_lock)
        {
            _file.Dispose();
            _file = file;
            _lineIsCut = false;
            _failing = false;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _file.Dispose();
        }
    }

    private bool WriteAll(ReadOnlySpan<byte> data)
    {
        int total = data.Length;
        while (!data.IsEmpty)
        {
            int count = Descriptor.TryWrite(_file, data, out int errno);
            if (errno != 0)
            {
                _lineIsCut |= data.Length < total;
                Complain(errno);
                return false;
            }

            data = data[Math.Max(count, 0)..];
        }

        return true;
    }

    private void Complain(int errno)
    {
        if (!_failing)
        {
            _failing = true;
            KeeperLog.LogWriteFailed(_logger, new LinuxException("write", _path, errno), _path);
        }
    }

    private static SafeFileHandle OpenPath(string path)
    {
        try
        {
            return Descriptor.OpenAppend(path);
        }
        catch (LinuxException e) when (e.Errno == Tmds.Linux.LibC.ENOENT && Path.GetDirectoryName(path) is string directory && !Directory.Exists(directory))
        {
            Directory.CreateDirectory(directory);
            return Descriptor.OpenAppend(path);
        }
    }
}
