using Microsoft.Extensions.Logging;

namespace Crid.State;

/// <summary>
/// A file that holds disk space back for the database: on a full disk pods must still be stopped and removed, and images with them, which all
/// begins with a row. It is given away in portions, because whatever has filled the disk takes what is free as well.
/// </summary>
internal sealed class DiskReserve(string path, ILogger logger, TimeProvider time)
{
    public const int Length = 4 << 20;
    public const int Portion = 64 << 10;

    /// <summary>How much must be free for the reserve to be made: it must not be what fills the disk.</summary>
    private const long LeastFree = 2 * Length;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private bool _isWhole;
    private bool _hasComplained;
    private long? _lastTried;

    /// <summary>Whether the file system has hardly any room left.</summary>
    public bool HasLittleRoom => FindFreeBytes() < LeastFree;

    /// <summary>Gives a portion to whoever is the first to take it; false where nothing is left.</summary>
    public bool TryRelease()
    {
        try
        {
            using FileStream file = Open(FileMode.Open);
            if (file.Length == 0)
            {
                return false;
            }

            file.SetLength(Math.Max(file.Length - Portion, 0));
            if (_isWhole)
            {
                StateLog.ReserveUsed(logger, path);
            }

            _isWhole = false;
            _lastTried = time.GetTimestamp();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Makes the reserve whole where there is room for it; cheap, and without effect some seconds after the last use or try.</summary>
    public void Restore()
    {
        if (_isWhole || (_lastTried is long last && time.GetElapsedTime(last) < Pause))
        {
            return;
        }

        _lastTried = time.GetTimestamp();
        try
        {
            using FileStream file = Open(FileMode.OpenOrCreate);
            _isWhole = file.Length >= Length || TryFill(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (!_hasComplained)
            {
                StateLog.ReserveNotMade(logger, exception, path);
            }

            _hasComplained = true;
        }
    }

    /// <summary>Written, not allocated: some file systems can't do that, and others compress what is always the same.</summary>
    private bool TryFill(FileStream file)
    {
        if (HasLittleRoom)
        {
            return false;
        }

        long before = file.Length;
        byte[] portion = new byte[Portion];
        try
        {
            file.Position = before;
            while (file.Length < Length)
            {
                Random.Shared.NextBytes(portion);
                file.Write(portion);
            }
        }
        catch (IOException)
        {
            file.SetLength(before);
            throw;
        }

        StateLog.ReserveMade(logger, path, Length);
        return true;
    }

    private long FindFreeBytes()
    {
        try
        {
            return new DriveInfo(Path.GetDirectoryName(path)!).AvailableFreeSpace;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private FileStream Open(FileMode mode) => new(path, new FileStreamOptions
    {
        Mode = mode,
        Access = FileAccess.Write,
        Share = FileShare.ReadWrite,
        BufferSize = 0,
        UnixCreateMode = mode == FileMode.OpenOrCreate ? UnixFileMode.UserRead | UnixFileMode.UserWrite : null,
    });
}
