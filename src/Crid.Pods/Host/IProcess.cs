namespace Crid.Pods;

/// <summary>A process that is held by a pidfd: what is done to it can't hit another one.</summary>
public interface IProcess : IDisposable
{
    /// <summary>Completes when the process has ended.</summary>
    Task Exited { get; }

    /// <summary>How it ended as far as the kernel tells (128 + signal where a signal ended it); null while it runs or where it can't be known.</summary>
    int? FindExitStatus();

    /// <summary>Sends a signal; does nothing to a process that has ended.</summary>
    void Signal(int signal);
}
