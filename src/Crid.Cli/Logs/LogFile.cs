using Microsoft.Win32.SafeHandles;

namespace Crid.Cli;

/// <summary>A log file that is read while it grows; knows when another file has taken its path.</summary>
internal sealed class LogFile : IDisposable
{
    private const int BlockBytes = 64 << 10;
    private readonly string _path;
    private readonly SafeFileHandle _handle;
    private readonly string? _openedAs;
    private readonly byte[] _block = new byte[BlockBytes];
    private readonly MemoryStream _partialLine = new();
    private long _position;

    private LogFile(string path)
    {
        _path = path;
        _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        _openedAs = CurrentName();
    }

    public delegate void LineHandler(ReadOnlySpan<byte> line);

    /// <summary>null: there is no file at this path now, as in the middle of a rotation.</summary>
    public static LogFile? TryOpen(string path)
    {
        try
        {
            return new LogFile(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The file was renamed or deleted: what follows is written to a new one at the same path.</summary>
    public bool IsReplaced => CurrentName() != _openedAs;

    /// <summary>Passes on every whole line that was added since the last call.</summary>
    public void ReadLines(LineHandler handle)
    {
        int count;
        while ((count = RandomAccess.Read(_handle, _block, _position)) > 0)
        {
            _position += count;
            ReadOnlySpan<byte> rest = _block.AsSpan(0, count);
            int feed;
            while ((feed = rest.IndexOf((byte)'\n')) >= 0)
            {
                if (_partialLine.Length == 0)
                {
                    handle(rest[..feed]);
                }
                else
                {
                    _partialLine.Write(rest[..feed]);
                    handle(_partialLine.GetBuffer().AsSpan(0, (int)_partialLine.Length));
                    _partialLine.SetLength(0);
                }

                rest = rest[(feed + 1)..];
            }

            _partialLine.Write(rest);
        }
    }

    /// <summary>Moves on to the last so many lines that the program wrote; pieces of one line count as one.</summary>
    public void SkipToTail(int lines)
    {
        Queue<long> starts = new();
        long lineStart = 0;
        long offset = 0;
        bool continues = false;
        ReadLines(line =>
        {
            bool parsedOk = LogLine.TryParse(line, out LogLine parsed);
            offset += line.Length + 1;
            if (!continues && lines > 0)
            {
                if (starts.Count == lines)
                {
                    starts.Dequeue();
                }

                starts.Enqueue(lineStart);
            }

            continues = parsedOk && parsed.IsPartial;
            lineStart = offset;
        });
        _partialLine.SetLength(0);
        _position = starts.Count > 0 ? starts.Peek() : lineStart;
    }

    public void Dispose() => _handle.Dispose();

    // The kernel keeps this link true to the file's name, or adds "(deleted)" to it.
    private string? CurrentName() => File.ResolveLinkTarget($"/proc/self/fd/{_handle.DangerousGetHandle()}", returnFinalTarget: false)?.FullName ?? _path;
}
