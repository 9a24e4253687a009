using Crid.Core;
using Microsoft.Win32.SafeHandles;

namespace Crid.Linux;

/// <summary>
/// A lock that every program inherits which is run under it: it is free only when a process and all the programs that it has started are gone.
/// Who takes it after a crash knows that no CNI plugin or OCI runtime of before still works on what is to be repaired.
/// </summary>
public sealed class ProgramLease : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    private readonly FileLock _lock;

    private ProgramLease(FileLock fileLock, bool isShared)
    {
        _lock = fileLock;
        LeftRunning = isShared;
    }

    /// <summary>Programs of an earlier process outlasted the patience and run still.</summary>
    public bool LeftRunning { get; }

    internal SafeFileHandle Handle => _lock.Handle;

    /// <summary>Waits until the programs of an earlier process have ended, as long as the patience goes.</summary>
    public static async Task<ProgramLease> AcquireAsync(string path, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(time);
        long start = time.GetTimestamp();
        FileLock? acquired;
        while ((acquired = FileLock.TryAcquire(path)) is null && time.GetElapsedTime(start) < patience)
        {
            await Task.Delay(PollInterval, time, cancellationToken);
        }

        if (acquired is not null)
        {
            return new ProgramLease(acquired, isShared: false);
        }

        // Those keep their lock on a file without a name; the next process has to wait for the programs of this one alone.
        File.Delete(path);
        return FileLock.TryAcquire(path) is FileLock anew
            ? new ProgramLease(anew, isShared: true)
            : throw new CridException(ErrorKind.AlreadyExists, $"'{path}' is locked by another process");
    }

    public void Dispose() => _lock.Dispose();
}
