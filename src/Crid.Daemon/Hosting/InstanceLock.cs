using System.Globalization;
using Crid.Core;
using Crid.Linux;

namespace Crid.Daemon;

/// <summary>
/// Makes this process the only daemon of a run directory, for as long as it lives. While it is held a socket file that exists is a leftover.
/// </summary>
internal sealed class InstanceLock : IDisposable
{
    private readonly FileLock _lock;
    private readonly string _pidFile;

    private InstanceLock(FileLock fileLock, string pidFile)
    {
        _lock = fileLock;
        _pidFile = pidFile;
    }

    /// <exception cref="CridException">AlreadyExists: another daemon serves the directory.</exception>
    public static InstanceLock Acquire(CridDirectories directories)
    {
        FileLock? fileLock = FileLock.TryAcquire(directories.DaemonLock);
        if (fileLock is null)
        {
            throw new CridException(
                ErrorKind.AlreadyExists,
                $"crid is already running{DescribeOwner(directories.DaemonPid)} in '{directories.Run}'; stop it first, or give this one directories of its own");
        }

        try
        {
            File.Delete(directories.Socket);
            File.WriteAllText(directories.DaemonPid, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n"));
            return new InstanceLock(fileLock, directories.DaemonPid);
        }
        catch
        {
            fileLock.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        File.Delete(_pidFile);
        _lock.Dispose();
    }

    private static string DescribeOwner(string pidFile)
    {
        try
        {
            return $" (pid {File.ReadAllText(pidFile).Trim()})";
        }
        catch (IOException)
        {
            return "";
        }
    }
}
