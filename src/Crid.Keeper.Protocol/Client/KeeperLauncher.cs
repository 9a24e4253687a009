using Crid.Core;
using Crid.Linux;
using Microsoft.Win32.SafeHandles;

namespace Crid.Keeper.Protocol;

/// <summary>Starts crid-keeper where no service manager does: in a session of its own, so that it outlives its starter.</summary>
public sealed class KeeperLauncher(string executable, CridDirectories directories, EventLoop loop, TimeProvider time)
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(5);

    /// <summary>File that the keeper's messages are appended to; null discards them.</summary>
    public string? LogPath { get; init; }

    public string LogLevel { get; init; } = "information";

    /// <summary>Starts a keeper unless one answers already, and says so; returns when its socket takes connections.</summary>
    /// <exception cref="CridException">Unavailable: it ended at once or does not listen in time.</exception>
    public async Task<bool> EnsureAsync(CancellationToken cancellationToken)
    {
        if (IsListening())
        {
            return false;
        }

        using SafeFileHandle? log = LogPath is null ? null : Descriptor.OpenAppend(LogPath);
        int pid = ProcessSpawner.Spawn(new SpawnRequest
        {
            Path = executable,
            Arguments = [executable, "--run-directory", directories.Run, "--log-level", LogLevel],
            StandardOutput = log,
            StandardError = log,
            NewSession = true,
        });
        ProcessHandle keeper = ProcessHandle.Open(pid);
        try
        {
            await WaitUntilListeningAsync(keeper, cancellationToken);
            return true;
        }
        finally
        {
            _ = ReapAsync(keeper);
        }
    }

    private async Task WaitUntilListeningAsync(ProcessHandle keeper, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        while (!IsListening())
        {
            // Another starter's keeper may have won: ours has ended then, and that one listens.
            if (keeper.FindExitStatus() is int status && !IsListening())
            {
                string hint = LogPath is null ? "" : $"; see '{LogPath}'";
                throw new CridException(ErrorKind.Unavailable, $"'{executable}' ended with status {status}{hint}");
            }

            if (time.GetElapsedTime(started) > StartTimeout)
            {
                keeper.SendSignal(SignalNames.Kill);
                throw new CridException(ErrorKind.Unavailable, $"'{executable}' does not listen after {StartTimeout.TotalSeconds} s");
            }

            await Task.Delay(PollInterval, time, cancellationToken);
        }
    }

    /// <summary>The keeper stays our child for as long as we live, and a child that has ended must be reaped.</summary>
    private async Task ReapAsync(ProcessHandle keeper)
    {
        using (keeper)
        {
            await keeper.WaitForExitAsync(loop, CancellationToken.None);
            keeper.TryReap();
        }
    }

    private bool IsListening()
    {
        try
        {
            using UnixSocket probe = UnixSocket.Connect(directories.KeeperSocket, UnixSocketKind.Packet);
            return true;
        }
        catch (LinuxException)
        {
            // ENOENT or ECONNREFUSED: nobody listens. Others show when a client connects.
            return false;
        }
    }
}
